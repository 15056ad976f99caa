#include <optional>
#include <string>
#include <type_traits>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

using map_type = waitmap::wait_map<int, std::string>;

TEST_CASE("an operation that is never awaited registers nothing", "[3.10]") {
  map_type map;
  {
    auto one = map.wait(1);
    auto two = map.take(1);
    auto three = map.wait_with(1, [](const std::string&) { return 1; });
    auto four = map.wait_modify(1, [](std::string&) {});
    CHECK(map.waiting() == 0);
    CHECK(map.capacity() == 0);
    CHECK(map.insert(1, "one") == waitmap::insert_result{waitmap::insert_outcome::inserted, 0});
  }
  CHECK(map.get(1) == "one");
}

TEST_CASE("an operation is awaited as an lvalue", "[3.10]") {
  map_type map;
  auto operation = map.wait(1);
  std::optional<std::optional<std::string>> result;
  support::await_into(operation, result);
  CHECK_FALSE(result);
  map.insert(1, "one");
  REQUIRE(result);
  CHECK(*result == "one");
}

TEST_CASE("an operation registers when it is awaited, not when it is made", "[3.10]") {
  map_type map;
  auto operation = map.wait(1);
  map.insert(1, "one");
  map.erase(1);
  std::optional<std::optional<std::string>> result;
  support::await_into(operation, result);
  CHECK_FALSE(result);
  CHECK(map.waiting(1) == 1);
  map.insert(1, "two");
  REQUIRE(result);
  CHECK(*result == "two");
}

TEST_CASE("an operation is neither copied nor moved", "[3.10]") {
  using operation = decltype(std::declval<map_type&>().wait(1));
  CHECK_FALSE(std::is_copy_constructible_v<operation>);
  CHECK_FALSE(std::is_move_constructible_v<operation>);
  CHECK_FALSE(std::is_copy_assignable_v<operation>);
  CHECK_FALSE(std::is_move_assignable_v<operation>);
}
