#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"

namespace cancel_test {

using map_type = waitmap::wait_map<std::string, int>;

TEST_CASE("cancel ends the current waits on one key and counts them", "[4]") {
  map_type map;
  support::noted<int> watched, taken, other;
  const auto one = support::observe(map, "a", watched);
  const auto two = support::take(map, "a", taken);
  const auto three = support::observe(map, "b", other);
  CHECK(map.cancel("a") == 2);
  CHECK(watched.got_nothing());
  CHECK(taken.got_nothing());
  CHECK(other.pending());
  CHECK(map.waiting() == 1);
}

TEST_CASE("cancel of a key that nobody waits for ends nothing", "[4]") {
  map_type map;
  CHECK(map.cancel("a") == 0);
  map.insert("a", 1);
  CHECK(map.cancel("a") == 0);
  CHECK(map.get("a") == 1);
}

TEST_CASE("cancel is not sticky", "[4]") {
  map_type map;
  support::noted<int> first, second;
  const auto one = support::observe(map, "a", first);
  map.cancel("a");
  const auto two = support::observe(map, "a", second);
  CHECK(second.pending());
  map.insert("a", 1);
  CHECK(first.got_nothing());
  CHECK(second.got(1));
}

TEST_CASE("cancel_all ends the current waits on all keys and leaves the values", "[4]") {
  map_type map;
  map.insert("value", 1);
  support::noted<int> first, second, later;
  const auto one = support::observe(map, "a", first);
  const auto two = support::take(map, "b", second);
  CHECK(map.cancel_all() == 2);
  CHECK(first.got_nothing());
  CHECK(second.got_nothing());
  CHECK(map.get("value") == 1);
  CHECK(map.cancel_all() == 0);
  const auto three = support::observe(map, "a", later);
  CHECK(later.pending());
}

support::owned wait_again_when_cancelled(map_type& map, int& cancelled) {
  for (;;) {
    auto value = co_await map.wait("a");
    if (value) break;
    ++cancelled;
  }
}

TEST_CASE("a coroutine that waits again when it is cancelled is cancelled once per call",
          "[4][3.2]") {
  map_type map;
  int cancelled = 0;
  const auto waiter = wait_again_when_cancelled(map, cancelled);
  CHECK(map.cancel("a") == 1);
  CHECK(cancelled == 1);
  CHECK(map.cancel_all() == 1);
  CHECK(cancelled == 2);
  CHECK(map.cancel_if([](const std::string&) { return true; }) == 1);
  CHECK(cancelled == 3);
  map.insert("a", 1);
  CHECK(waiter.done());
  CHECK(cancelled == 3);
}

}  // namespace cancel_test
