// A map is not moved: waiters refer to it.
// The compiler says: std::unique_ptr
#include <memory>
#include <utility>

#include <wait_map/wait_map.hpp>

int main() {
  auto map = std::make_unique<waitmap::wait_map<int, int>>();
  auto elsewhere = std::move(map);
#ifdef MISUSE
  auto moved = std::move(*elsewhere);
#endif
}
