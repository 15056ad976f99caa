// 3.14: a deadline by another clock than the timer's.
#include <chrono>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "deadline/cranked.hpp"
#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace other_clocks_test {

using namespace std::chrono_literals;
struct wall_tag {};
using wall = cranked_clock<wall_tag>;

void both_pass(cranked_timer& timer, std::chrono::nanoseconds time) {
  wall::advance(time);
  let_pass(timer, time);
}

TEST_CASE("a deadline by another clock fires when that clock says so", "[3.14]") {
  waitmap::wait_map<int, int> map;
  cranked_timer timer;
  auto waiting = map.wait(1, timer.at(wall::now() + 10s));
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  both_pass(timer, 9s);
  CHECK_FALSE(result);
  both_pass(timer, 1s);
  CHECK(result);
}

TEST_CASE("a clock that is set back meanwhile is asked again", "[3.14]") {
  waitmap::wait_map<int, int> map;
  cranked_timer timer;
  auto waiting = map.wait(1, timer.at(wall::now() + 10s));
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  wall::advance(-60s);
  both_pass(timer, 10s);
  CHECK_FALSE(result);
  CHECK(timer.armed() == 1);
  both_pass(timer, 59s);
  CHECK_FALSE(result);
  both_pass(timer, 1s);
  CHECK(result);
}

}  // namespace other_clocks_test
