#include <chrono>
#include <optional>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/own_stop_source.hpp"

namespace deadline_test {

using map_type = waitmap::wait_map<int, int>;
using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;

TEST_CASE("a value that is there is returned though no time is left", "[3]") {
  map_type map;
  map.insert(1, 10);
  CHECK(map.blocking_wait_for(1, 0s) == 10);
  CHECK(map.blocking_wait_for(1, -1h) == 10);
  CHECK(map.blocking_wait_until(1, clock_type::time_point::min()) == 10);
}

TEST_CASE("after the deadline a blocked thread goes on, and nobody waits", "[3]") {
  map_type map;
  const auto before = clock_type::now();
  CHECK_FALSE(map.blocking_wait_for(1, 20ms));
  CHECK(clock_type::now() - before >= 20ms);
  CHECK_FALSE(map.blocking_wait_until(1, before + 25ms));
  CHECK(clock_type::now() - before >= 25ms);
  CHECK_FALSE(map.blocking_wait_until(1, std::chrono::system_clock::now() + 1ms));
  CHECK_FALSE(map.blocking_wait_for(1, std::chrono::duration<double>(0.001)));
  CHECK_FALSE(map.blocking_wait_for(1, 0s));
  CHECK_FALSE(map.blocking_wait_for(1, std::chrono::hours::min()));
  CHECK(map.waiting() == 0);
  CHECK(map.insert(1, 10).resumed == 0);
}

TEST_CASE("a value that comes before the deadline is returned", "[3]") {
  map_type map;
  std::optional<int> with_timeout, with_deadline;
  std::thread one([&] { with_timeout = map.blocking_wait_for(1, 1h); });
  std::thread two([&] { with_deadline = map.blocking_wait_until(1, clock_type::now() + 1h); });
  while (map.waiting() != 2) std::this_thread::yield();
  CHECK(map.insert(1, 10).resumed == 2);
  one.join();
  two.join();
  CHECK(with_timeout == 10);
  CHECK(with_deadline == 10);
}

// Failed once: the sum of now and the longest duration is before now.
TEST_CASE("the longest time is for ever", "[3]") {
  map_type map;
  std::optional<int> nanoseconds, hours, seconds, deadline;
  std::thread threads[] = {
      std::thread([&] { nanoseconds = map.blocking_wait_for(1, std::chrono::nanoseconds::max()); }),
      std::thread([&] { hours = map.blocking_wait_for(1, std::chrono::hours::max()); }),
      std::thread(
          [&] { seconds = map.blocking_wait_for(1, std::chrono::duration<double>(1e300)); }),
      std::thread([&] { deadline = map.blocking_wait_until(1, clock_type::time_point::max()); })};
  while (map.waiting() != 4) std::this_thread::yield();
  map.insert(1, 10);
  for (std::thread& each : threads) each.join();
  CHECK((nanoseconds == 10 && hours == 10 && seconds == 10 && deadline == 10));
}

TEST_CASE("a stop comes before the deadline", "[3][3.8]") {
  map_type map;
  support::own_stop_source source;
  std::optional<int> result = 1;
  std::thread waiting([&] { result = map.blocking_wait_for(1, 1h, source.get_token()); });
  while (map.waiting() != 1) std::this_thread::yield();
  source.request_stop();
  waiting.join();
  CHECK_FALSE(result);
  CHECK_FALSE(map.blocking_wait_until(1, clock_type::now() + 1h, source.get_token()));
}

}  // namespace deadline_test
