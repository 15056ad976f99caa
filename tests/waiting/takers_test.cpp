#include <memory>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace takers_test {

using map_type = waitmap::wait_map<int, std::string>;

TEST_CASE("a taker takes a present value and leaves the key empty", "[3.5]") {
  map_type map;
  map.insert(1, "one");
  support::noted<std::string> note;
  const auto taker = support::take(map, 1, note);
  CHECK(note.got("one"));
  CHECK(map.empty());
}

TEST_CASE("the oldest taker gets the value, the others stay", "[3.5]") {
  map_type map;
  support::noted<std::string> first, second, third;
  const auto one = support::take(map, 1, first);
  const auto two = support::take(map, 1, second);
  const auto three = support::take(map, 1, third);

  CHECK(map.insert(1, "a") == waitmap::insert_result{waitmap::insert_outcome::handed_off, 1});
  CHECK(first.got("a"));
  CHECK(map.waiting(1) == 2);
  CHECK_FALSE(map.contains(1));

  CHECK(map.insert(1, "b").outcome == waitmap::insert_outcome::handed_off);
  CHECK(second.got("b"));
  CHECK(map.insert(1, "c").outcome == waitmap::insert_outcome::handed_off);
  CHECK(third.got("c"));
  CHECK(map.insert(1, "d").outcome == waitmap::insert_outcome::inserted);
}

TEST_CASE("all observers get the value that a taker takes, whoever came first", "[3.5]") {
  map_type map;
  support::noted<std::string> before, taken, after;
  const auto one = support::observe(map, 1, before);
  const auto two = support::take(map, 1, taken);
  const auto three = support::observe(map, 1, after);
  CHECK(map.insert(1, "a") == waitmap::insert_result{waitmap::insert_outcome::handed_off, 3});
  CHECK(before.got("a"));
  CHECK(taken.got("a"));
  CHECK(after.got("a"));
  CHECK(map.empty());
}

TEST_CASE("a value that cannot be copied is taken", "[3.5]") {
  waitmap::wait_map<int, std::unique_ptr<int>> map;
  support::noted<std::unique_ptr<int>> note;
  const auto taker = support::take(map, 1, note);
  auto value = std::make_unique<int>(7);
  const int* const address = value.get();
  CHECK(map.insert(1, std::move(value)).outcome == waitmap::insert_outcome::handed_off);
  REQUIRE(note.value);
  CHECK(note.value->get() == address);
}

TEST_CASE("each way to store a value hands it to a taker", "[3.5]") {
  map_type map;
  support::noted<std::string> note;
  const auto taker = support::take(map, 1, note);
  SECTION("insert_or_assign") {
    CHECK(map.insert_or_assign(1, "a").outcome == waitmap::insert_outcome::handed_off);
  }
  SECTION("try_emplace") {
    CHECK(map.try_emplace(1, std::size_t{1}, 'a').outcome == waitmap::insert_outcome::handed_off);
  }
  SECTION("exchange") { CHECK_FALSE(map.exchange(1, "a").has_value()); }
  SECTION("update") {
    map.update(1, [](auto& entry) { entry.emplace("a"); });
  }
  CHECK(note.got("a"));
  CHECK(map.empty());
  CHECK(map.waiting() == 0);
}

struct cannot_be_made {};

struct made_with_care {
  explicit made_with_care(bool works) {
    if (!works) throw cannot_be_made{};
  }
  made_with_care(const made_with_care&) = default;
  made_with_care(made_with_care&& other) noexcept(false) : made_with_care(std::as_const(other)) {}
};

TEST_CASE("an insert that throws leaves observers and takers waiting", "[3.5][6.2]") {
  waitmap::wait_map<int, made_with_care> map;
  support::noted<made_with_care> watched, taken;
  const auto watcher = support::observe(map, 1, watched);
  const auto taker = support::take(map, 1, taken);
  CHECK_THROWS_AS(map.try_emplace(1, false), cannot_be_made);
  CHECK(map.waiting(1) == 2);
  CHECK(map.empty());
  CHECK(map.try_emplace(1, true).resumed == 2);
  CHECK(watched.value.has_value());
  CHECK(taken.value.has_value());
}

}  // namespace takers_test
