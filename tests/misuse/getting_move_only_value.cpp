// get() copies the value: one that can only be moved is extracted, or visited.
// The compiler says: no matching
#include <memory>

#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, std::unique_ptr<int>> map;
  auto extracted = map.extract(1);
#ifdef MISUSE
  auto got = map.get(1);
#endif
}
