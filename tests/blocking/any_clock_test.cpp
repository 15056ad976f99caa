// A deadline that could not be counted made the thread spin with a mutex that an inserter needed under the
// shard's lock; others had passed at once instead of never.
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <ratio>
#include <thread>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace any_clock_test {

using map_type = waitmap::wait_map<int, int>;
using namespace std::chrono;
using seconds_in_double = duration<double>;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

// A clock whose epoch lies far in the past, as those of some systems do.
struct odd_clock {
  using rep = std::int32_t;
  using period = std::ratio<60>;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<odd_clock>;
  static constexpr bool is_steady = true;
  static time_point now() { return time_point(duration(20'000'000)); }
};

// Whether a thread that waits with this deadline, or this timeout, gets a value that comes later: it has
// registered before the value is inserted.
template <class Wait>
bool outlasts(Wait wait) {
  map_type map;
  std::optional<int> got;
  std::thread waiting([&] { got = wait(map); });
  while (map.waiting() != 1) std::this_thread::yield();
  CHECK(map.insert(1, 10).resumed == 1);
  waiting.join();
  return got == 10;
}
template <class TimePoint>
bool never(TimePoint deadline) {
  return outlasts([&](map_type& map) { return map.blocking_wait_until(1, deadline); });
}
template <class Duration>
bool endless(Duration timeout) {
  return outlasts([&](map_type& map) { return map.blocking_wait_for(1, timeout); });
}
template <class TimePoint>
bool passed(TimePoint deadline) {
  map_type map;
  return !map.blocking_wait_until(1, deadline) && map.waiting() == 0;
}

TEST_CASE("a deadline that is infinite, or too far off to be counted, never passes", "[3]") {
  CHECK(never(steady_clock::now() + seconds_in_double(infinity)));
  CHECK(never(steady_clock::now() + seconds_in_double(1e300)));
  CHECK(never(steady_clock::now() + seconds_in_double(1e10)));
  CHECK(never((steady_clock::time_point::max)()));
  CHECK(never((system_clock::time_point::max)()));
  CHECK(never((time_point<system_clock, hours>::max)()));
  CHECK(never((time_point<steady_clock, hours>::max)()));
  CHECK(never((time_point<system_clock, duration<std::int32_t>>::max)()));
  CHECK(never((time_point<system_clock, duration<float>>::max)()));
  CHECK(never((odd_clock::time_point::max)()));
  CHECK(never(time_point<odd_clock, duration<long double>>(duration<long double>(infinity))));
  CHECK(endless(seconds_in_double(infinity)));
  CHECK(endless((hours::max)()));
  CHECK(endless((nanoseconds::max)()));
  CHECK(endless((duration<float, std::milli>::max)()));
  CHECK(endless((duration<std::uint64_t, std::nano>::max)()));
}

TEST_CASE("a deadline in the past has passed, however far", "[3]") {
  CHECK(passed(steady_clock::now() - seconds(1)));
  CHECK(passed(steady_clock::now() + seconds_in_double(-infinity)));
  CHECK(passed(steady_clock::now() + seconds_in_double(-1e300)));
  CHECK(passed((steady_clock::time_point::min)()));
  CHECK(passed((time_point<system_clock, hours>::min)()));
  CHECK(passed((odd_clock::time_point::min)()));
  CHECK(passed(odd_clock::now()));
}

TEST_CASE("a time that is not a number has passed", "[3]") {
  CHECK(passed(steady_clock::now() + seconds_in_double(nan)));
  CHECK(passed(time_point<system_clock, duration<float>>(
      duration<float>(std::numeric_limits<float>::quiet_NaN()))));
  map_type map;
  CHECK_FALSE(map.blocking_wait_for(1, seconds_in_double(nan)));
  CHECK_FALSE(map.blocking_wait_for(1, seconds_in_double(-infinity)));
  CHECK(map.waiting() == 0);
}

TEST_CASE("a deadline is not missed by what its representation is finer or coarser", "[3]") {
  map_type map;
  const auto coarse = time_point_cast<seconds>(steady_clock::now()) + seconds(1);
  CHECK_FALSE(map.blocking_wait_until(1, coarse));
  CHECK(steady_clock::now() >= coarse);
  const auto fine = steady_clock::now() + duration<double, std::pico>(3e9);
  CHECK_FALSE(map.blocking_wait_until(1, fine));
  CHECK(steady_clock::now() >= fine);
}

}  // namespace any_clock_test
