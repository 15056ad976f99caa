// What subscribe() returns is not moved: the map refers to it.
// The compiler says: deleted
#include <utility>

#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
  auto subscription = map.subscribe(1);
#ifdef MISUSE
  auto moved = std::move(subscription);
#endif
}
