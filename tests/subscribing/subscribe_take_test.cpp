#include <memory>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"

namespace subscribe_take_test {

using map_type = waitmap::wait_map<int, std::unique_ptr<int>>;
using waitmap::insert_outcome;

TEST_CASE("subscribe_take takes a value that cannot be copied", "[3]") {
  map_type map;
  auto early = map.subscribe_take(1);
  CHECK(map.insert(1, std::make_unique<int>(1)).outcome == insert_outcome::handed_off);
  auto late = map.subscribe_take(1);
  std::optional<std::optional<std::unique_ptr<int>>> one, two;
  support::await_into(early, one);
  support::await_into(late, two);
  map.insert(1, std::make_unique<int>(2));
  REQUIRE((one && two));
  CHECK(***one == 1);
  CHECK(***two == 2);
  CHECK(map.empty());
}

TEST_CASE("subscribe_take takes a present value at once", "[3][3.1]") {
  map_type map;
  map.insert(1, std::make_unique<int>(1));
  auto subscription = map.subscribe_take(1);
  CHECK(map.empty());
  CHECK(subscription.await_ready());
  std::optional<std::optional<std::unique_ptr<int>>> got;
  support::await_into(subscription, got);
  CHECK(***got == 1);
}

TEST_CASE("a value that is taken and never awaited ends with the subscription", "[3]") {
  using number = support::counted<>;
  number::reset();
  waitmap::wait_map<int, number> map;
  {
    const auto subscription = map.subscribe_take(1);
    map.try_emplace(1, 10);
    CHECK(map.empty());
    CHECK(number::alive == 1);
  }
  CHECK(number::alive == 0);
}

TEST_CASE("a value goes to the next taker where the oldest subscription is gone", "[3.5]") {
  map_type map;
  auto next = [&] {
    const auto older = map.subscribe_take(1);
    return map.subscribe_take(1);
  }();
  CHECK(map.waiting(1) == 1);
  CHECK(map.insert(1, std::make_unique<int>(1)).outcome == insert_outcome::handed_off);
  CHECK(next.await_ready());
}

}  // namespace subscribe_take_test
