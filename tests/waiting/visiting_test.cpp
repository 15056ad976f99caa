#include <memory>
#include <string>
#include <variant>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/spawn.hpp"

namespace visiting_test {

using unique_map = waitmap::wait_map<int, std::unique_ptr<int>>;
using map_type = waitmap::wait_map<int, std::string>;

support::owned read_number(unique_map& map, int& got) {
  const auto look = [](const std::unique_ptr<int>& value) { return *value; };
  auto wait = map.wait_with(1, look);
  auto result = co_await wait;
  got = result.value_or(-1);
}

support::owned append(map_type& map, std::string text, std::size_t& length) {
  const auto change = [&text](std::string& value) {
    value += text;
    return value.size();
  };
  auto wait = map.wait_modify(1, change);
  auto result = co_await wait;
  length = result.value_or(0);
}

support::owned visit_for_nothing(map_type& map, int& ends) {
  const auto look = [&ends](const std::string&) { ++ends; };
  auto wait = map.wait_with(1, look);
  auto result = co_await wait;
  static_assert(std::is_same_v<decltype(result), std::optional<std::monostate>>);
  ends += 10 * result.has_value();
}

TEST_CASE("wait_with looks at a value that cannot be copied", "[3]") {
  unique_map map;
  int waiting = 0, present = 0;
  const auto one = read_number(map, waiting);
  map.insert(1, std::make_unique<int>(7));
  CHECK(waiting == 7);
  const auto two = read_number(map, present);
  CHECK(present == 7);
  CHECK(map.contains(1));
}

TEST_CASE("wait_with on a cancelled key does not call its function", "[3][4]") {
  map_type map;
  int ends = 0;
  const auto waiter = visit_for_nothing(map, ends);
  map.cancel(1);
  CHECK(waiter.done());
  CHECK(ends == 0);
}

TEST_CASE("a function that returns nothing makes the wait return monostate", "[3]") {
  map_type map;
  int ends = 0;
  const auto waiter = visit_for_nothing(map, ends);
  map.insert(1, "one");
  CHECK(ends == 11);
}

TEST_CASE("wait_modify changes the value for those behind it and for the map", "[3][3.4]") {
  map_type map;
  support::noted<std::string> before, after;
  std::size_t length = 0;
  const auto one = support::observe(map, 1, before);
  const auto two = append(map, "-two", length);
  const auto three = support::observe(map, 1, after);
  map.insert(1, "one");
  CHECK(before.got("one"));
  CHECK(length == 7);
  CHECK(after.got("one-two"));
  CHECK(map.get(1) == "one-two");
  const auto four = append(map, "-three", length);
  CHECK(map.get(1) == "one-two-three");
}

TEST_CASE("a visitor sees the value before a taker moves it away", "[3.5]") {
  unique_map map;
  support::noted<std::unique_ptr<int>> taken;
  int seen = 0;
  const auto taker = support::take(map, 1, taken);
  const auto visitor = read_number(map, seen);
  CHECK(map.insert(1, std::make_unique<int>(7)).resumed == 2);
  CHECK(seen == 7);
  REQUIRE(taken.value);
  CHECK(**taken.value == 7);
}

}  // namespace visiting_test
