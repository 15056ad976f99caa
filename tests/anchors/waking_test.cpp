// `cancel_all` woke tasks under the shard's lock, and one that panicked left the others asleep.
#include <stdexcept>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace waking_test {

using map_type = waitmap::wait_map<int, int>;

support::owned use_map_when_cancelled(map_type& map, bool& used) {
  auto value = co_await map.wait(1);
  used = !value && map.insert(1, 10) && map.get(1) == 10 && map.erase(1);
}

support::owned throw_when_cancelled(map_type& map) {
  auto value = co_await map.wait(1);
  if (!value) throw std::runtime_error("cancelled");
}

TEST_CASE("those whom cancel_all wakes may use the map", "[5.1]") {
  map_type map(waitmap::options{.capacity = 0, .shards = 1});
  bool first = false, second = false;
  const auto one = use_map_when_cancelled(map, first);
  const auto two = use_map_when_cancelled(map, second);
  CHECK(map.cancel_all() == 2);
  CHECK(first);
  CHECK(second);
}

TEST_CASE("one who throws when cancel_all wakes it leaves nobody asleep", "[5.4]") {
  map_type map;
  support::noted<int> before, after, other_key;
  const auto one = support::observe(map, 1, before);
  const auto two = throw_when_cancelled(map);
  const auto three = support::observe(map, 1, after);
  const auto four = support::observe(map, 2, other_key);
  CHECK_THROWS_AS(map.cancel_all(), std::runtime_error);
  CHECK(before.got_nothing());
  CHECK(after.got_nothing());
  CHECK(other_key.got_nothing());
  CHECK(map.waiting() == 0);
}

}  // namespace waking_test
