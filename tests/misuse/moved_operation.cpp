// What wait() returns is not moved: the map will refer to it.
// The compiler says: deleted
#include <utility>

#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
  auto operation = map.wait(1);
#ifdef MISUSE
  auto moved = std::move(operation);
#endif
}
