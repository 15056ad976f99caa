// 6.5, 6.2, 1.2: a K or V whose move may throw.
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"

namespace throwing_move_test {

struct key_tag;
using key_type = support::counted<support::moving::may_throw, key_tag>;
using value_type = support::counted<support::moving::may_throw>;
using map_type = waitmap::wait_map<key_type, value_type>;
using result_type = std::optional<std::optional<value_type>>;

// Makes the next move of a value, or of a key, throw while it is alive.
struct next_value_move_throws {
  next_value_move_throws() { value_type::moves_before_throw = 0; }
  ~next_value_move_throws() { value_type::moves_before_throw = -1; }
};
struct next_key_move_throws {
  next_key_move_throws() { key_type::moves_before_throw = 0; }
  ~next_key_move_throws() { key_type::moves_before_throw = -1; }
};

void reset() {
  key_type::reset();
  value_type::reset();
}
int number_under(const map_type& map, int key) {
  int number = 0;
  map.visit(key_type(key), [&](const value_type& value) { number = value.number(); });
  return number;
}

TEST_CASE("a table that grows moves no value and no key whose move may throw", "[6.5][1.2]") {
  reset();
  {
    map_type map;
    for (int key = 0; key < 1000; ++key) map.try_emplace(key_type(key), key);
    CHECK(value_type::moves == 0);
    CHECK(value_type::copies == 0);
    CHECK(key_type::copies == 0);
    CHECK(key_type::moves == 1000);  // each into the map
    int wrong = 0;
    for (int key = 0; key < 1000; ++key) wrong += number_under(map, key) != key;
    CHECK(wrong == 0);
  }
  CHECK(value_type::alive == 0);
  CHECK(key_type::alive == 0);
}

TEST_CASE("a value whose move throws is not inserted, and nothing has changed", "[6.5][6.2]") {
  reset();
  map_type map;
  map.try_emplace(key_type(1), 10);
  value_type value(20);
  {
    const next_value_move_throws armed;
    CHECK_THROWS_AS(map.insert(key_type(2), std::move(value)), support::told_to_throw);
    CHECK_THROWS_AS(map.insert_or_assign(key_type(1), std::move(value)), support::told_to_throw);
    CHECK_THROWS_AS(map.exchange(key_type(1), std::move(value)), support::told_to_throw);
    CHECK_THROWS_AS(map.update(key_type(1), [&](auto& entry) { entry.assign(std::move(value)); }),
                    support::told_to_throw);
  }
  CHECK(value.number() == 20);
  CHECK(map.size() == 1);
  CHECK(number_under(map, 1) == 10);
}

TEST_CASE("a key whose move throws is not inserted, and nothing has changed", "[6.5][6.2]") {
  reset();
  map_type map;
  key_type key(1);
  value_type value(10);
  {
    const next_key_move_throws armed;
    CHECK_THROWS_AS(map.insert(std::move(key), std::move(value)), support::told_to_throw);
  }
  CHECK(key.number() == 1);
  CHECK(value.number() == 10);
  CHECK(map.empty());
  CHECK(map.insert(std::move(key), std::move(value)));
}

TEST_CASE("an insert that throws leaves the waiters waiting", "[6.5][6.2]") {
  reset();
  map_type map;
  const key_type key(1);
  auto waiting = map.wait(key);
  auto taking = map.take(key);
  result_type waited;
  result_type taken;
  support::await_into(waiting, waited);
  support::await_into(taking, taken);
  value_type value(10);
  {
    const next_value_move_throws armed;
    CHECK_THROWS_AS(map.insert(key, std::move(value)), support::told_to_throw);
    CHECK_THROWS_AS(map.deliver(key, std::move(value)), support::told_to_throw);
  }
  CHECK(map.waiting(key) == 2);
  CHECK_FALSE(waited);
  CHECK_FALSE(taken);
  CHECK(map.insert(key, std::move(value)).resumed == 2);
  REQUIRE(waited);
  REQUIRE(taken);
  CHECK((**waited).number() == 10);
  CHECK((**taken).number() == 10);
}

TEST_CASE("an extract that throws leaves the value in the map", "[6.5][6.2]") {
  reset();
  map_type map;
  const key_type key(1);
  map.try_emplace(key, 10);
  {
    const next_value_move_throws armed;
    CHECK_THROWS_AS(map.extract(key), support::told_to_throw);
  }
  REQUIRE(number_under(map, 1) == 10);
  CHECK(map.extract(key)->number() == 10);
}

TEST_CASE("an exchange that cannot return the old value leaves it in the map", "[6.5][6.2]") {
  reset();
  map_type map;
  const key_type key(1);
  map.try_emplace(key, 10);
  const value_type value(20);  // is copied: the only moves are the old value's
  {
    const next_value_move_throws armed;
    CHECK_THROWS_AS(map.exchange(key, value), support::told_to_throw);
  }
  REQUIRE(number_under(map, 1) == 10);
  CHECK(map.exchange(key, value)->number() == 10);
  CHECK(number_under(map, 1) == 20);
}

TEST_CASE("a key whose move throws is not waited for", "[6.5][6.2]") {
  reset();
  map_type map;
  key_type key(1);
  {
    const next_key_move_throws armed;
    CHECK_THROWS_AS(map.wait(std::move(key)), support::told_to_throw);
  }
  CHECK(key.number() == 1);
  CHECK(map.waiting() == 0);
}

}  // namespace throwing_move_test
