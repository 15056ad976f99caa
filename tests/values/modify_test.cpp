// 2: modify.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"

namespace modify_test {

using map_type = waitmap::wait_map<int, std::string>;

TEST_CASE("modify changes the value in its place", "[2]") {
  map_type map;
  map.insert(1, "a");
  CHECK(map.modify(1, [](std::string& value) { value += "b"; }));
  CHECK(map.get(1) == "ab");
}

TEST_CASE("modify of an absent key calls and creates nothing", "[2]") {
  map_type map;
  CHECK_FALSE(map.modify(1, [](std::string&) { FAIL("no value"); }));
  CHECK_FALSE(map.contains(1));
}

TEST_CASE("modify takes a function that can be called only as an lvalue and is move-only", "[2]") {
  map_type map;
  map.insert(1, "a");
  auto function = [suffix = std::make_unique<std::string>("c")](std::string& value) mutable {
    value += *suffix;
  };
  CHECK(map.modify(1, function));
  CHECK(map.modify(1, std::move(function)));
  CHECK(map.get(1) == "acc");
}

TEST_CASE("an exception of the function leaves modify and the map goes on", "[2]") {
  map_type map;
  map.insert(1, "a");
  CHECK_THROWS_AS(map.modify(1, [](std::string&) { throw support::told_to_throw{}; }),
                  support::told_to_throw);
  CHECK(map.get(1) == "a");
  CHECK(map.modify(1, [](std::string& value) { value.clear(); }));
}

}  // namespace modify_test
