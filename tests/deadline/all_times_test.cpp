// 3.14: every duration and time point is understood, and none overflows.
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>

#include <wait_map/wait_map.hpp>

#include "deadline/cranked.hpp"
#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace all_times_test {

using namespace std::chrono_literals;

constexpr double infinity = std::numeric_limits<double>::infinity();
template <class Rep, class Period = std::ratio<1>>
using time_in = std::chrono::duration<Rep, Period>;

template <class Token>
bool never(const Token& token) {
  return !token.stop_possible() && !token.stop_requested();
}
template <class Token>
bool at_once(const Token& token) {
  return token.stop_possible() && token.stop_requested();
}

TEST_CASE("an endless time never stops", "[3.14]") {
  cranked_timer timer;
  CHECK(never(timer.after(time_in<double>(infinity))));
  CHECK(never(timer.after(time_in<float>(1e30f))));
  CHECK(never(timer.after(time_in<double>(1e300))));
  CHECK(never(timer.after(std::chrono::nanoseconds::max())));
  CHECK(never(timer.after(std::chrono::hours::max())));
  CHECK(never(timer.after(time_in<std::int64_t, std::ratio<31556952>>::max())));
  CHECK(never(timer.at(cranked::time_point::max())));
  CHECK(never(timer.at(std::chrono::system_clock::time_point::max())));
  using hours_of_system = std::chrono::time_point<std::chrono::system_clock, std::chrono::hours>;
  CHECK(never(timer.at(hours_of_system::max())));
  using seconds_of_clock = std::chrono::time_point<cranked, time_in<double>>;
  CHECK(never(timer.at(seconds_of_clock(time_in<double>(infinity)))));
}

TEST_CASE("a past time stops at once", "[3.14]") {
  cranked_timer timer;
  CHECK(at_once(timer.after(0s)));
  CHECK(at_once(timer.after(-1ns)));
  CHECK(at_once(timer.after(time_in<double>(-infinity))));
  CHECK(at_once(timer.after(std::chrono::hours::min())));
  CHECK(at_once(timer.after(std::chrono::nanoseconds::min())));
  CHECK(at_once(timer.at(cranked::now())));
  CHECK(at_once(timer.at(cranked::time_point::min())));
  CHECK(at_once(timer.at(std::chrono::system_clock::time_point::min())));
  CHECK(at_once(timer.at(std::chrono::system_clock::now() - 1h)));
  CHECK(at_once(timer.after(time_in<double>(std::numeric_limits<double>::quiet_NaN()))));
}

TEST_CASE("a time between is neither rounded down nor lost", "[3.14]") {
  cranked_timer timer;
  const auto stops_after = [](const auto& token, std::chrono::nanoseconds time) {
    if (token.stop_requested() || !token.stop_possible()) return false;
    cranked::advance(time - 1ns);
    const bool early = token.stop_requested();
    cranked::advance(1ns);
    return !early && token.stop_requested();
  };
  CHECK(stops_after(timer.after(1ns), 1ns));
  CHECK(stops_after(timer.after(time_in<double>(0.5)), 500ms));
  CHECK(stops_after(timer.after(time_in<int, std::pico>(1001)), 2ns));
  CHECK(stops_after(timer.after(time_in<int, std::ratio<1, 1000003>>(1000003)), 1s));
  CHECK(stops_after(timer.after(time_in<std::int8_t, std::ratio<60>>(2)), 2min));
  CHECK(stops_after(timer.after(24h * 365 * 50), 24h * 365 * 50));
}

TEST_CASE("a wait whose time is over ends without being registered", "[3.14]") {
  waitmap::wait_map<int, int> map;
  cranked_timer timer;
  auto waiting = map.wait(1, timer.after(-1s));
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  REQUIRE(result);
  CHECK_FALSE(*result);
  CHECK(map.waiting() == 0);

  int called = 0;
  const auto count = [&called] { ++called; };
  using token = decltype(timer.after(1s));
  const token::callback_type<decltype(count)> callback(timer.after(-1s), count);
  CHECK(called == 1);
  CHECK(timer.armed() == 0);
}

}  // namespace all_times_test
