// A map is not copied: it holds locks, and waiters refer to it.
// The compiler says: deleted
#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
#ifdef MISUSE
  auto copy = map;
#endif
}
