// A policy stands behind the hash and the equality.
// The compiler says: It is the fifth argument
#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
#ifdef MISUSE
  waitmap::wait_map<int, int, waitmap::single_threaded_policy> other;
#endif
}
