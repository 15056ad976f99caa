// 6.5: move-only V.
#include <memory>
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace move_only_value_test {

using value_type = std::unique_ptr<int>;
using map_type = waitmap::wait_map<int, value_type>;

TEST_CASE("a move-only value is stored, seen, replaced and removed", "[6.5]") {
  map_type map;
  CHECK(map.insert(1, std::make_unique<int>(10)));
  CHECK(map.try_emplace(2, new int(20)));
  CHECK(map.insert_or_assign(1, std::make_unique<int>(11)));
  CHECK(map.visit(1, [](const value_type& value) { CHECK(*value == 11); }));
  CHECK(map.modify(1, [](value_type& value) { ++*value; }));
  std::optional<value_type> old = map.exchange(1, std::make_unique<int>(13));
  REQUIRE(old);
  CHECK(**old == 12);
  map.update(1, [](auto& entry) { CHECK(entry.assign(std::make_unique<int>(**entry + 1))); });
  std::optional<value_type> last = map.extract(1);
  REQUIRE(last);
  CHECK(**last == 14);
  CHECK(map.erase_if([](const int&, const value_type& value) { return *value == 20; }) == 1);
  CHECK(map.empty());
}

TEST_CASE("a move-only value is taken by the coroutine that waits for it", "[6.5][3]") {
  map_type map;
  auto operation = map.take(1);
  std::optional<std::optional<value_type>> result;
  support::await_into(operation, result);
  CHECK(map.insert(1, std::make_unique<int>(10)).outcome == waitmap::insert_outcome::handed_off);
  REQUIRE(result);
  REQUIRE(*result);
  CHECK(***result == 10);
}

TEST_CASE("a move-only value that is present is taken at once", "[6.5][3]") {
  map_type map;
  map.insert(1, std::make_unique<int>(10));
  auto operation = map.take(1);
  std::optional<std::optional<value_type>> result;
  support::await_into(operation, result);
  REQUIRE(result);
  CHECK(***result == 10);
  CHECK(map.empty());
}

TEST_CASE("a move-only value is looked at and changed by the coroutines that wait for it",
          "[6.5][3]") {
  map_type map;
  auto looking = map.wait_with(1, [](const value_type& value) { return *value; });
  auto changing =
      map.wait_modify(1, [](value_type& value) { return std::exchange(value, nullptr); });
  std::optional<std::optional<int>> seen;
  std::optional<std::optional<value_type>> stolen;
  support::await_into(looking, seen);
  support::await_into(changing, stolen);
  CHECK(map.insert(1, std::make_unique<int>(10)).resumed == 2);
  CHECK(seen == std::optional(10));
  REQUIRE(stolen);
  CHECK(***stolen == 10);
  CHECK(map.visit(1, [](const value_type& value) { CHECK(value == nullptr); }));
}

TEST_CASE("a function that waits with a value may be move-only", "[6.5][3]") {
  waitmap::wait_map<int, int> map;
  auto operation = map.wait_with(
      1, [factor = std::make_unique<int>(3)](const int& value) { return value * *factor; });
  std::optional<std::optional<int>> result;
  support::await_into(operation, result);
  map.insert(1, 10);
  CHECK(result == std::optional(30));
}

TEST_CASE("a move-only key is inserted, found and removed", "[6.5]") {
  waitmap::wait_map<std::unique_ptr<int>, int> map;
  auto key = std::make_unique<int>(1);
  const std::unique_ptr<int> absent;
  CHECK(map.insert(std::move(key), 10));
  CHECK_FALSE(map.contains(absent));
  map.for_each([](const std::unique_ptr<int>& stored, const int& value) {
    CHECK(*stored == 1);
    CHECK(value == 10);
  });
  CHECK(map.size() == 1);
}

}  // namespace move_only_value_test
