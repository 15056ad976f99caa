// What computes a value for get_or_compute() is a coroutine.
// The compiler says: is to be a function without arguments that returns a coroutine for the value
#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/lazy.hpp"

int main() {
  waitmap::wait_map<int, int> map;
  const auto factory = []() -> support::lazy<int> { co_return 1; };
  auto computing = waitmap::get_or_compute(map, 1, factory);
#ifdef MISUSE
  auto other = waitmap::get_or_compute(map, 1, [] { return 1; });
#endif
}
