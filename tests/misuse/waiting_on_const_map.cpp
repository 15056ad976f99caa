// To wait for a key is to change the map.
// The compiler says: reference that is not const
#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
  const auto& same = map;
  (void)same.get(1);
#ifdef MISUSE
  auto waiting = same.wait(1);
#endif
}
