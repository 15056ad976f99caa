// A wait that is dropped has not waited.
// The compiler says: nodiscard
#include <wait_map/wait_map.hpp>

#pragma GCC diagnostic error "-Wunused-result"
#pragma GCC diagnostic error "-Wunused-value"

int main() {
  waitmap::wait_map<int, int> map;
#ifdef MISUSE
  map.wait(1);
#endif
}
