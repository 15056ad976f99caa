// 3.14: a wait that ends takes its deadline away at once.
#include <chrono>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "deadline/cranked.hpp"
#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace leaving_test {

using namespace std::chrono_literals;
using map_type = waitmap::wait_map<int, int>;

TEST_CASE("a wait that gets its value takes its deadline away", "[3.14]") {
  map_type map;
  cranked_timer timer;
  auto waiting = map.wait(1, timer.after(5s));
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  map.insert(1, 10);
  CHECK(result == std::optional(std::optional(10)));
  CHECK(timer.armed() == 0);
  let_pass(timer, 10s);
  CHECK(result == std::optional(std::optional(10)));
}

TEST_CASE("a wait on a present value leaves no deadline", "[3.14]") {
  map_type map;
  map.insert(1, 10);
  cranked_timer timer;
  auto waiting = map.wait(1, timer.after(5s));
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  CHECK(timer.armed() == 0);
}

TEST_CASE("a million armed and disarmed deadlines leave nothing", "[3.14]") {
  map_type map;
  cranked_timer timer;
  auto longest = map.wait(-1, timer.after(24h));
  std::optional<std::optional<int>> last;
  support::await_into(longest, last);
  for (int n = 0; n != 1'000'000; ++n) {
    auto waiting = map.wait(1, timer.after(std::chrono::seconds(n % 1000 + 1)));
    std::optional<std::optional<int>> result;
    support::await_into(waiting, result);
    map.deliver(1, n);
    if (result != std::optional(std::optional(n))) FAIL("the wait missed its value");
  }
  CHECK(timer.armed() == 1);
  CHECK(map.waiting() == 1);
  let_pass(timer, 24h);
  CHECK(last);
}

}  // namespace leaving_test
