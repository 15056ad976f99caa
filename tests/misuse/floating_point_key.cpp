// 2.6: a floating-point number is no key of a map of integers.
// The compiler says: number_key
#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
  map.insert(3, 1);
#ifdef MISUSE
  return map.contains(3.9);
#endif
}
