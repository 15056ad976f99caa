// g++ makes no tail call of a symmetric transfer without optimisation or with a sanitizer: 10,000 links would
// take megabytes. The trampoline does not rely on it.
#include <coroutine>
#include <exception>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"
#include "support/stack.hpp"

namespace tail_calls_test {

using map_type = waitmap::wait_map<int, int>;

support::detached link(map_type& map, int number, support::stack_meter& stack, int& run) {
  auto value = co_await map.wait(number);
  stack.look();
  ++run;
  map.insert(number + 1, *value);
}

TEST_CASE("a chain of waits takes no stack for each of its links", "[5.3]") {
  constexpr int links = 10'000;
  map_type map;
  int run = 0;
  support::stack_meter stack;
  for (int number = 0; number < links; ++number) link(map, number, stack, run);
  map.insert(0, 1);
  CHECK(run == links);
  CHECK(stack.used() < 4096);
}

}  // namespace tail_calls_test
