// 1.3: what a wait and a look-up allocate and copy.
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/failing.hpp"

namespace allocation_test {

using key_type = support::counted<>;
using map_type = waitmap::wait_map<key_type, int>;

// What one co_await allocates and copies, without the coroutine's own frame.
struct cost {
  std::size_t allocations;
  int key_copies;
};
cost cost_since(cost before) {
  return {support::allocated::calls() - before.allocations, key_type::copies - before.key_copies};
}
cost now() { return {support::allocated::calls(), key_type::copies}; }

support::detached measured_wait(map_type& map, const key_type& key, cost& begun,
                                std::optional<cost>& spent) {
  begun = now();
  auto value = co_await map.wait(key);
  spent = cost_since(begun);
  (void)value;
}

TEST_CASE("a wait on a present key allocates nothing and copies no key", "[1.3]") {
  map_type map;
  const key_type key(1);
  map.insert(key, 10);
  cost begun{};
  std::optional<cost> spent;
  measured_wait(map, key, begun, spent);
  REQUIRE(spent);
  CHECK(spent->allocations == 0);
  CHECK(spent->key_copies == 0);
}

TEST_CASE("the only waiter of an absent key allocates nothing but its place in the table",
          "[1.3]") {
  map_type map(waitmap::options{.capacity = 100, .shards = 1});
  const key_type key(1);
  cost begun{};
  std::optional<cost> spent;
  measured_wait(map, key, begun, spent);
  REQUIRE_FALSE(spent);
  CHECK(cost_since(begun).allocations == 0);
  CHECK(cost_since(begun).key_copies == 1);  // the table's

  map.insert(key, 10);
  REQUIRE(spent);
  CHECK(spent->allocations == 0);
  CHECK(spent->key_copies == 1);
}

TEST_CASE("further waiters of an absent key allocate nothing and copy no key", "[1.2]") {
  map_type map(waitmap::options{.capacity = 100, .shards = 1});
  const key_type key(1);
  cost begun{};
  std::optional<cost> spent;
  measured_wait(map, key, begun, spent);
  for (int others = 0; others < 100; ++others) {
    measured_wait(map, key, begun, spent);
    CHECK(cost_since(begun).allocations == 0);
    CHECK(cost_since(begun).key_copies == 0);
  }
  map.cancel_all();
}

TEST_CASE("values are stored and removed without an allocation where there is room", "[1.2]") {
  map_type map(waitmap::options{.capacity = 100, .shards = 1});
  key_type key(1);
  const cost before = now();
  map.insert(std::move(key), 10);
  const key_type looked_up(1);
  CHECK(map.get(looked_up) == 10);
  map.modify(looked_up, [](int& value) { ++value; });
  map.insert_or_assign(looked_up, 12);
  CHECK(map.extract(looked_up) == 12);
  const cost spent = cost_since(before);
  CHECK(spent.allocations == 0);
  CHECK(spent.key_copies == 0);
}

TEST_CASE("a string is looked up by a view or a literal without an allocation", "[2]") {
  waitmap::wait_map<std::string, int> map;
  const std::size_t at_first = support::allocated::calls();
  map.insert("a key too long for the small string optimisation", 1);
  const std::size_t before = support::allocated::calls();
  CHECK(before > at_first);  // they are counted
  const bool by_literal = map.contains("a key too long for the small string optimisation");
  const bool by_view =
      map.contains(std::string_view("a key too long for the small string optimisation"));
  const bool refused = !map.insert("a key too long for the small string optimisation", 2);
  const std::size_t allocated = support::allocated::calls() - before;
  CHECK(by_literal);
  CHECK(by_view);
  CHECK(refused);
  CHECK(allocated == 0);
}

}  // namespace allocation_test
