// Compilers do not align coroutine frames for over-aligned types: neither does a function return one.
// The compiler says: compilers do not align coroutine frames for over-aligned types
#include <wait_map/wait_map.hpp>

struct alignas(64) wide {
  int number;
};

int main() {
  waitmap::wait_map<int, int> map;
  auto number = map.wait_modify(1, [](int& value) { return value; });
#ifdef MISUSE
  auto whole = map.wait_modify(1, [](int& value) { return wide{value}; });
#endif
}
