// 2: get, visit, contains, size, empty.
#include <optional>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"

namespace read_test {

using map_type = waitmap::wait_map<std::string, int>;

TEST_CASE("get returns a copy of the value", "[2]") {
  map_type map;
  map.insert("a", 1);
  std::optional<int> copy = map.get("a");
  REQUIRE(copy == 1);
  *copy = 2;
  CHECK(map.get("a") == 1);
}

TEST_CASE("get of an absent key returns nothing", "[2]") {
  map_type map;
  map.insert("a", 1);
  CHECK_FALSE(map.get("b"));
}

TEST_CASE("visit calls its function with the value and copies nothing", "[2]") {
  using value_type = support::counted<>;
  waitmap::wait_map<int, value_type> map;
  map.try_emplace(1, 10);
  value_type::reset();
  int seen = 0;
  CHECK(map.visit(1, [&](const value_type& value) { seen = value.number(); }));
  CHECK(seen == 10);
  CHECK(value_type::copies == 0);
  CHECK(value_type::moves == 0);
}

TEST_CASE("visit of an absent key calls nothing", "[2]") {
  map_type map;
  CHECK_FALSE(map.visit("a", [](const int&) { FAIL("no value"); }));
}

TEST_CASE("visit calls a pointer to a member", "[2]") {
  waitmap::wait_map<int, std::string> map;
  map.insert(1, "abc");
  CHECK(map.visit(1, &std::string::size));
}

TEST_CASE("a map counts its values", "[2]") {
  map_type map;
  CHECK(map.empty());
  CHECK(map.size() == 0);
  map.insert("a", 1);
  map.insert("b", 2);
  CHECK_FALSE(map.empty());
  CHECK(map.size() == 2);
  CHECK(map.contains("a"));
  CHECK_FALSE(map.contains("c"));
  map.erase("a");
  CHECK(map.size() == 1);
  CHECK_FALSE(map.contains("a"));
}

TEST_CASE("a map is read through a reference to const", "[2]") {
  map_type map;
  map.insert("a", 1);
  const map_type& reading = map;
  CHECK(reading.get("a") == 1);
  CHECK(reading.contains("a"));
  CHECK(reading.visit("a", [](const int&) {}));
  CHECK(reading.size() == 1);
  CHECK_FALSE(reading.empty());
  int sum = 0;
  reading.for_each([&](const std::string&, const int& value) { sum += value; });
  CHECK(sum == 1);
}

}  // namespace read_test
