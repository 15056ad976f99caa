// What happens to the key while its value is computed.

#include "producing/compute.hpp"
#include "support/catch.hpp"

namespace compute_meanwhile_test {

using waitmap::wait_interrupted;
using waitmap::wait_status;

TEST_CASE("a value that is inserted meanwhile wins, for the leader, too", "[4.2]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  support::waiter leader(ask), follower(ask);
  map.insert(1, 100);
  REQUIRE(follower.has_result());
  CHECK(follower.result() == 100);
  CHECK(leader.pending());
  shop.finish(7);
  REQUIRE(leader.has_result());
  CHECK(leader.result() == 100);
  CHECK(map.get(1) == 100);
}

TEST_CASE("a value that is inserted and erased meanwhile leaves the leader its own", "[4.2]") {
  map_type map;
  workshop shop;
  support::waiter leader([&] { return waitmap::get_or_compute(map, 1, shop.factory()); });
  map.insert(1, 100);
  map.erase(1);
  shop.finish(7);
  REQUIRE(leader.has_result());
  CHECK(leader.result() == 7);
}

TEST_CASE("after an insert and an erase a newcomer computes, and the stale leader does not harm it",
          "[4.2][4.1]") {
  map_type map;
  workshop stale, fresh;
  support::waiter old_leader([&] { return waitmap::get_or_compute(map, 1, stale.factory()); });
  map.insert(1, 100);
  map.erase(1);
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, fresh.factory()); };
  support::waiter leader(ask), follower(ask);
  CHECK(fresh.calls == 1);
  stale.finish(1);
  REQUIRE(old_leader.has_result());
  CHECK((leader.pending() && follower.pending()));
  fresh.finish(2);
  REQUIRE((leader.has_result() && follower.has_result()));
  CHECK(follower.result() == 2);
  CHECK(map.get(1) == 2);
}

TEST_CASE("erasing a key that is computed changes nothing", "[4.2]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  support::waiter leader(ask), follower(ask);
  CHECK_FALSE(map.erase(1));
  shop.finish(7);
  REQUIRE((leader.has_result() && follower.has_result()));
  CHECK(map.get(1) == 7);
}

TEST_CASE("when the map closes the followers are told, and the leader has its value", "[4.2][4]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  support::waiter leader(ask), follower(ask);
  CHECK(map.close() == 1);
  const auto error = follower.error<wait_interrupted>();
  REQUIRE(error);
  CHECK(error->status() == wait_status::closed);
  shop.finish(7);
  REQUIRE(leader.has_result());
  CHECK(leader.result() == 7);
  CHECK_FALSE(map.contains(1));
}

TEST_CASE("a closed map gives what it has and computes nothing", "[4.2][4]") {
  map_type map;
  workshop shop;
  map.insert(1, 7);
  map.close();
  support::waiter present([&] { return waitmap::get_or_compute(map, 1, shop.factory()); });
  support::waiter absent([&] { return waitmap::get_or_compute(map, 2, shop.factory()); });
  REQUIRE(present.has_result());
  CHECK(present.result() == 7);
  CHECK(absent.failed_with<wait_interrupted>());
  CHECK(shop.calls == 0);
}

TEST_CASE("a taker that waits meanwhile takes the value, the leader has its copy", "[4.2][3.5]") {
  map_type map;
  workshop shop;
  support::waiter leader([&] { return waitmap::get_or_compute(map, 1, shop.factory()); });
  support::waiter taker([&] { return map.take(1); });
  shop.finish(7);
  REQUIRE((leader.has_result() && taker.has_result()));
  CHECK(leader.result() == 7);
  CHECK(taker.result() == 7);
  CHECK_FALSE(map.contains(1));
}

}  // namespace compute_meanwhile_test
