// 6.5: compilers do not align coroutine frames for over-aligned types: a wait does not return one.
// The compiler says: compilers do not align coroutine frames for over-aligned types
#include <wait_map/wait_map.hpp>

struct alignas(64) wide {
  int number;
};

int main() {
  waitmap::wait_map<int, wide> map;
  auto returns_what_it_needs = map.wait_with(1, [](const wide& value) { return value.number; });
#ifdef MISUSE
  auto waiting = map.wait(1);
#endif
}
