// A map is not moved: waiters refer to it.
// The compiler says: deleted
#include <utility>

#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
#ifdef MISUSE
  auto moved = std::move(map);
#endif
}
