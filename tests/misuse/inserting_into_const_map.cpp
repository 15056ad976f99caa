// To insert is to change the map.
// The compiler says: reference that is not const
#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
  const auto& same = map;
  (void)same.contains(1);
#ifdef MISUSE
  same.insert(1, 2);
#endif
}
