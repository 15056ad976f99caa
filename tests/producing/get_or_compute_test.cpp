#include <deque>
#include <memory>
#include <string>
#include <type_traits>

#include "producing/compute.hpp"
#include "support/catch.hpp"

namespace get_or_compute_test {

TEST_CASE("the first caller computes, the others wait for it", "[4.2]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  support::waiter leader(ask), second(ask), third(ask);
  CHECK(shop.calls == 1);
  CHECK(map.waiting(1) == 2);
  CHECK(leader.pending());
  shop.finish(7);
  REQUIRE((leader.has_result() && second.has_result() && third.has_result()));
  CHECK(leader.result() == 7);
  CHECK(second.result() == 7);
  CHECK(third.result() == 7);
  CHECK(shop.calls == 1);
  CHECK(map.get(1) == 7);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a value that is present is not computed", "[4.2]") {
  map_type map;
  workshop shop;
  map.insert(1, 7);
  support::waiter caller([&] { return waitmap::get_or_compute(map, 1, shop.factory()); });
  REQUIRE(caller.has_result());
  CHECK(caller.result() == 7);
  CHECK(shop.calls == 0);
}

TEST_CASE("different keys are computed side by side", "[4.2]") {
  map_type map;
  workshop one, two;
  support::waiter first([&] { return waitmap::get_or_compute(map, 1, one.factory()); });
  support::waiter second([&] { return waitmap::get_or_compute(map, 2, two.factory()); });
  CHECK((one.calls == 1 && two.calls == 1));
  two.finish(2);
  CHECK(first.pending());
  REQUIRE(second.has_result());
  one.finish(1);
  REQUIRE(first.has_result());
  CHECK((map.get(1) == 1 && map.get(2) == 2));
}

TEST_CASE("the result converts to a coroutine of the type that the factory returns", "[4.2]") {
  waitmap::wait_map<std::string, std::string> map;
  const auto factory = []() -> lazy<std::string> { co_return "value"; };
  lazy<std::string> task = waitmap::get_or_compute(map, "key", factory);
  support::waiter caller([&] { return std::move(task); });
  REQUIRE(caller.has_result());
  CHECK(caller.result() == "value");
  CHECK(map.get("key") == "value");
}

TEST_CASE("a lazy computation that is never awaited claims nothing", "[4.2][3.10]") {
  map_type map;
  workshop shop;
  {
    const auto never = waitmap::get_or_compute(map, 1, shop.factory());
    CHECK(map.try_claim(1));
  }
  CHECK(shop.calls == 0);
}

// The coroutine owns its parameters: the key and the factory with all that it captures.
TEST_CASE("the key and the factory may be gone before the computation starts", "[4.2]") {
  waitmap::wait_map<std::string, int> map;
  workshop shop;
  const auto make = [&] {
    const std::string key(50, 'k');
    const auto captured = std::make_shared<workshop*>(&shop);
    const auto factory = [captured]() -> lazy<int> {
      auto value = co_await (*captured)->work();
      co_return value;
    };
    return waitmap::get_or_compute(map, key, factory);
  };
  support::waiter leader(make), follower(make);
  shop.finish(7);
  REQUIRE((leader.has_result() && follower.has_result()));
  CHECK(map.get(std::string(50, 'k')) == 7);
}

TEST_CASE("10,000 callers run the factory once", "[4.2]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  std::deque<support::waiter<decltype(ask)>> callers;
  for (int i = 0; i < 10'000; ++i) callers.emplace_back(ask);
  CHECK(shop.calls == 1);
  shop.finish(7);
  int got = 0;
  for (auto& each : callers) got += each.has_result() && each.result() == 7;
  CHECK(got == 10'000);
  CHECK(shop.calls == 1);
}

}  // namespace get_or_compute_test
