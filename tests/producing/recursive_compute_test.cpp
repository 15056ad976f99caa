// No lock is held while a value is computed: a computation may ask for other keys.
#include "producing/compute.hpp"
#include "support/catch.hpp"

namespace recursive_compute_test {

// The Fibonacci numbers, each computed once.
lazy<int> fibonacci(map_type& map, int n, int& additions) {
  const auto add = [&map, n, &additions]() -> lazy<int> {
    if (n < 2) co_return n;
    ++additions;
    auto one = co_await fibonacci(map, n - 1, additions);
    auto two = co_await fibonacci(map, n - 2, additions);
    co_return one + two;
  };
  auto value = co_await waitmap::get_or_compute(map, n, add);
  co_return value;
}

TEST_CASE("a computation may ask for other keys", "[4.2]") {
  map_type map(waitmap::options{.capacity = 0, .shards = 1});
  int additions = 0;
  support::waiter asked([&] { return fibonacci(map, 40, additions); });
  REQUIRE(asked.has_result());
  CHECK(asked.result() == 102334155);
  CHECK(additions == 39);
  CHECK(map.size() == 41);
}

TEST_CASE("a computation may wait for one that another caller has begun", "[4.2]") {
  map_type map;
  workshop shop;
  support::waiter lower([&] { return waitmap::get_or_compute(map, 1, shop.factory()); });
  const auto upper_factory = [&]() -> lazy<int> {
    auto below = co_await waitmap::get_or_compute(map, 1, shop.factory());
    co_return below + 1;
  };
  support::waiter upper([&] { return waitmap::get_or_compute(map, 2, upper_factory); });
  CHECK(upper.pending());
  shop.finish(7);
  REQUIRE(upper.has_result());
  CHECK(upper.result() == 8);
  CHECK(shop.calls == 1);
}

TEST_CASE("an exception passes through the computations that asked", "[4.2]") {
  map_type map;
  workshop shop;
  const auto upper_factory = [&]() -> lazy<int> {
    auto below = co_await waitmap::get_or_compute(map, 1, shop.factory());
    co_return below + 1;
  };
  support::waiter upper([&] { return waitmap::get_or_compute(map, 2, upper_factory); });
  shop.finish(0);
  CHECK(upper.failed_with<unlucky>());
  CHECK(map.empty());
}

// Through a coroutine between them: such a circle is not found in debug builds either.
TEST_CASE("keys that ask for each other show up among the waiting, and cancel frees them",
          "[4.2][3]") {
  map_type map;
  const auto one_asks_two = [&]() -> lazy<int> {
    auto other = co_await map.wait(2);  // no call of get_or_compute(): debug builds do not see it
    if (!other) throw unlucky{};
    co_return *other;
  };
  const auto two_asks_one = [&]() -> lazy<int> {
    auto other = co_await waitmap::get_or_compute(map, 1, one_asks_two);
    co_return other;
  };
  support::waiter two([&] { return waitmap::get_or_compute(map, 2, two_asks_one); });
  CHECK(two.pending());
  CHECK(map.waiting(2) == 1);
  CHECK(map.cancel_all() == 1);
  CHECK(two.failed_with<unlucky>());
  CHECK(map.waiting() == 0);
}

}  // namespace recursive_compute_test
