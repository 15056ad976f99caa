#include <memory>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/noted.hpp"

namespace deliver_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::insert_outcome;
using waitmap::insert_result;

TEST_CASE("deliver gives the value to all observers and the oldest taker and stores nothing",
          "[4]") {
  map_type map;
  support::noted<std::string> watched, first, second, also;
  const auto one = support::observe(map, 1, watched);
  const auto two = support::take(map, 1, first);
  const auto three = support::take(map, 1, second);
  const auto four = support::observe(map, 1, also);
  CHECK(map.deliver(1, "a") == insert_result{insert_outcome::delivered, 3});
  CHECK(watched.got("a"));
  CHECK(first.got("a"));
  CHECK(also.got("a"));
  CHECK(second.pending());
  CHECK(map.empty());
  CHECK(map.deliver(1, "b") == insert_result{insert_outcome::delivered, 1});
  CHECK(second.got("b"));
  CHECK(map.waiting() == 0);
}

TEST_CASE("deliver to observers alone stores nothing", "[4]") {
  map_type map;
  support::noted<std::string> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK(map.deliver(1, "a") == insert_result{insert_outcome::delivered, 1});
  CHECK(note.got("a"));
  CHECK(map.empty());
}

TEST_CASE("deliver where nobody waits leaves the value with the caller", "[4][2.2]") {
  map_type map;
  auto value = std::string(50, 'v');
  CHECK(map.deliver(1, std::move(value)) == insert_result{insert_outcome::no_waiter, 0});
  map.insert(2, "present");
  CHECK(map.deliver(2, std::move(value)).outcome == insert_outcome::no_waiter);
  CHECK(value == std::string(50, 'v'));
  CHECK(map.get(2) == "present");
  CHECK_FALSE(map.contains(1));
}

TEST_CASE("deliver hands over a value that cannot be copied", "[4]") {
  waitmap::wait_map<int, std::unique_ptr<int>> map;
  support::noted<std::unique_ptr<int>> note;
  const auto taker = support::take(map, 1, note);
  auto value = std::make_unique<int>(7);
  CHECK(map.deliver(1, std::move(value)).outcome == insert_outcome::delivered);
  CHECK_FALSE(value);
  REQUIRE(note.value);
  CHECK(**note.value == 7);
}

TEST_CASE("a deliver whose value cannot be made leaves the waiters waiting", "[4][6.2]") {
  using value = support::counted<>;
  value::reset();
  waitmap::wait_map<int, value> map;
  support::noted<value> note;
  const auto waiter = support::take(map, 1, note);
  const value original(10);
  value::copies_before_throw = 0;
  CHECK_THROWS_AS(map.deliver(1, original), support::told_to_throw);
  value::copies_before_throw = -1;
  CHECK(note.pending());
  CHECK(map.deliver(1, original).outcome == insert_outcome::delivered);
  CHECK(note.got(value(10)));
}

}  // namespace deliver_test
