// 2: erase, erase_if of a key, extract.
#include <memory>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"

namespace remove_test {

using map_type = waitmap::wait_map<std::string, int>;

TEST_CASE("erase removes the value", "[2]") {
  map_type map;
  map.insert("a", 1);
  CHECK(map.erase("a"));
  CHECK_FALSE(map.contains("a"));
  CHECK_FALSE(map.erase("a"));
}

TEST_CASE("erase_if removes the value that satisfies the predicate", "[2]") {
  map_type map;
  map.insert("a", 1);
  CHECK_FALSE(map.erase_if("a", [](const int& value) { return value == 2; }));
  CHECK(map.get("a") == 1);
  CHECK(map.erase_if("a", [](const int& value) { return value == 1; }));
  CHECK_FALSE(map.contains("a"));
  CHECK_FALSE(map.erase_if("a", [](const int&) { return true; }));
}

TEST_CASE("a predicate that throws removes nothing", "[2][6.2]") {
  map_type map;
  map.insert("a", 1);
  CHECK_THROWS_AS(map.erase_if("a", [](const int&) -> bool { throw support::told_to_throw{}; }),
                  support::told_to_throw);
  CHECK(map.get("a") == 1);
}

TEST_CASE("extract removes the value and returns it", "[2]") {
  map_type map;
  map.insert("a", 1);
  CHECK(map.extract("a") == 1);
  CHECK_FALSE(map.contains("a"));
  CHECK_FALSE(map.extract("a"));
}

TEST_CASE("extract moves and does not copy", "[2]") {
  using value_type = support::counted<>;
  waitmap::wait_map<int, value_type> map;
  map.try_emplace(1, 10);
  value_type::reset();
  const auto extracted = map.extract(1);
  REQUIRE(extracted);
  CHECK(extracted->number() == 10);
  CHECK(value_type::copies == 0);
}

}  // namespace remove_test
