// Compilers do not align coroutine frames for over-aligned types: take() does not return one.
// The compiler says: compilers do not align coroutine frames for over-aligned types
#include <wait_map/wait_map.hpp>

struct alignas(64) wide {
  int number;
};

int main() {
  waitmap::wait_map<int, wide> map;
  const bool removed = map.extract(1).has_value();
#ifdef MISUSE
  auto taking = map.take(1);
#endif
  return removed ? 1 : 0;
}
