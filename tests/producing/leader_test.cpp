// The one who computes may fail or be destroyed: then nobody waits for it in vain.
#include <optional>

#include "producing/compute.hpp"
#include "support/catch.hpp"

namespace leader_test {

TEST_CASE("an exception of the factory reaches every waiter and is not cached", "[4.2]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  support::waiter leader(ask), follower(ask);
  support::waiter plain([&] { return map.wait(1); });
  shop.finish(0);
  CHECK(leader.failed_with<unlucky>());
  CHECK(follower.failed_with<unlucky>());
  CHECK(plain.failed_with<unlucky>());
  CHECK_FALSE(map.contains(1));

  support::waiter again(ask);
  CHECK(shop.calls == 2);
  shop.finish(7);
  REQUIRE(again.has_result());
  CHECK(again.result() == 7);
}

TEST_CASE("a factory that throws before it returns a coroutine fails all the same", "[4.2]") {
  map_type map;
  const auto broken = []() -> lazy<int> { throw unlucky{}; };
  support::waiter leader([&] { return waitmap::get_or_compute(map, 1, broken); });
  CHECK(leader.failed_with<unlucky>());
  CHECK(map.try_claim(1));
}

TEST_CASE("when the leader is destroyed the oldest follower computes", "[4.2]") {
  map_type map;
  workshop first, second, third;
  support::waiter leader([&] { return waitmap::get_or_compute(map, 1, first.factory()); });
  support::waiter oldest([&] { return waitmap::get_or_compute(map, 1, second.factory()); });
  support::waiter youngest([&] { return waitmap::get_or_compute(map, 1, third.factory()); });
  leader.destroy_coroutine();
  CHECK(first.finished == 0);
  CHECK(second.calls == 1);
  CHECK(third.calls == 0);
  CHECK(map.waiting(1) == 1);
  second.finish(7);
  REQUIRE((oldest.has_result() && youngest.has_result()));
  CHECK(oldest.result() == 7);
  CHECK(youngest.result() == 7);
}

TEST_CASE("leaders that are destroyed one after the other hand on to the last", "[4.2]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  std::optional<support::waiter<decltype(ask)>> callers[5];
  for (auto& each : callers) each.emplace(ask);
  for (int i = 0; i < 4; ++i) {
    callers[i].reset();
    CHECK(shop.calls == i + 2);
  }
  shop.finish(7);
  REQUIRE(callers[4]->has_result());
  CHECK(callers[4]->result() == 7);
}

TEST_CASE("a follower that is destroyed is no longer in line", "[4.2][3.6]") {
  map_type map;
  workshop first, second, third;
  support::waiter leader([&] { return waitmap::get_or_compute(map, 1, first.factory()); });
  support::waiter gone([&] { return waitmap::get_or_compute(map, 1, second.factory()); });
  support::waiter next([&] { return waitmap::get_or_compute(map, 1, third.factory()); });
  gone.destroy_coroutine();
  leader.destroy_coroutine();
  CHECK(second.calls == 0);
  CHECK(third.calls == 1);
  third.finish(7);
  CHECK(next.has_result());
}

TEST_CASE("the last caller that is destroyed leaves the key as it was", "[4.2][1.4]") {
  map_type map;
  workshop shop;
  {
    support::waiter leader([&] { return waitmap::get_or_compute(map, 1, shop.factory()); });
    CHECK_FALSE(map.try_claim(1));
  }
  CHECK(map.try_claim(1));
  CHECK(map.waiting() == 0);
  CHECK(shop.go_ahead.waiting() == 0);
}

}  // namespace leader_test
