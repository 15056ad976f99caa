// 3.14: the timer may die before what it gave.
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "deadline/cranked.hpp"
#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace timer_dies_first_test {

using namespace std::chrono_literals;
using map_type = waitmap::wait_map<int, int>;

TEST_CASE("what is armed when its timer dies never fires, and leaves safely", "[3.14]") {
  map_type map;
  std::optional<cranked_timer> timer(std::in_place);
  auto waiting = map.wait(1, timer->after(5s));
  auto other = map.wait(2, timer->after(5s));
  std::optional<std::optional<int>> result, other_result;
  support::await_into(waiting, result);
  support::await_into(other, other_result);
  timer.reset();
  cranked::advance(10s);
  CHECK_FALSE(result);
  map.insert(1, 10);
  CHECK(result == std::optional(std::optional(10)));
  map.cancel(2);
  CHECK(other_result);
}

TEST_CASE("a token of a timer that is gone arms nothing", "[3.14]") {
  map_type map;
  std::optional<cranked_timer> timer(std::in_place);
  const auto token = timer->after(5s);
  timer.reset();
  auto waiting = map.wait(1, token);
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  CHECK_FALSE(result);
  map.insert(1, 10);
  CHECK(result == std::optional(std::optional(10)));
}

template <class Timer>
support::detached end_timer(map_type& map, std::unique_ptr<Timer>& timer, std::thread::id& where) {
  auto token = timer->after(1ms);
  auto value = co_await map.wait(1, token);
  timer.reset();
  where = std::this_thread::get_id();
  map.insert(2, value.value_or(0));
}

TEST_CASE("a resumed coroutine destroys the timer that resumed it", "[3.14]") {
  map_type map;
  std::thread::id where;
  auto timer = std::make_unique<cranked_timer>();
  cranked_timer& itself = *timer;
  end_timer(map, timer, where);
  cranked::advance(1ms);
  itself.run_due();
  CHECK_FALSE(timer);
  CHECK(map.get(2) == 0);
}

// By a clock that goes on when told to: a time that has come before the wait is registered ends it on this thread.
TEST_CASE("a resumed coroutine destroys the timer on whose thread it runs", "[3.14]") {
  map_type map;
  std::thread::id where;
  auto timer = std::make_unique<waitmap::basic_deadline_timer<cranked>>();
  end_timer(map, timer, where);
  CHECK(timer);
  cranked::advance(1ms);
  CHECK(map.blocking_wait(2) == 0);
  CHECK_FALSE(timer);
  CHECK(where != std::this_thread::get_id());
}

}  // namespace timer_dies_first_test
