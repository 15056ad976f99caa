// visit() shares its lock with other readers: its function does not change the value.
// The compiler says: no matching
#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
  map.modify(1, [](int& value) { ++value; });
#ifdef MISUSE
  map.visit(1, [](int& value) { ++value; });
#endif
}
