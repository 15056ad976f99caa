// A wait copies the value: one that can only be moved is taken, or looked at.
// The compiler says: Value cannot be copied. Use take()
#include <memory>

#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, std::unique_ptr<int>> map;
  auto taking = map.take(1);
  auto looking = map.wait_with(1, [](const std::unique_ptr<int>& value) { return *value; });
#ifdef MISUSE
  auto waiting = map.wait(1);
#endif
}
