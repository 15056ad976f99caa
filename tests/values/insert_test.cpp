// 2, 2.1: insert and try_emplace store if there is no value and never overwrite.
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"

namespace insert_test {

using waitmap::insert_outcome;
using waitmap::insert_result;

TEST_CASE("insert stores a value under an absent key", "[2][2.1]") {
  waitmap::wait_map<std::string, int> map;
  const insert_result result = map.insert("a", 1);
  CHECK(result == insert_result{insert_outcome::inserted, 0});
  CHECK(result);
  CHECK(map.get("a") == 1);
}

TEST_CASE("insert never overwrites", "[2][2.1]") {
  waitmap::wait_map<std::string, int> map;
  map.insert("a", 1);
  const insert_result result = map.insert("a", 2);
  CHECK(result == insert_result{insert_outcome::present, 0});
  CHECK_FALSE(result);
  CHECK(map.get("a") == 1);
}

TEST_CASE("a key can be inserted again after it was erased", "[2]") {
  waitmap::wait_map<std::string, int> map;
  map.insert("a", 1);
  map.erase("a");
  CHECK(map.insert("a", 2));
  CHECK(map.get("a") == 2);
}

TEST_CASE("insert makes the value from what is given", "[2]") {
  waitmap::wait_map<int, std::string> map;
  CHECK(map.insert(1, "literal"));
  CHECK(map.get(1) == "literal");
}

TEST_CASE("insert takes a value in braces", "[2]") {
  waitmap::wait_map<int, std::pair<int, int>> map;
  CHECK(map.insert(1, {2, 3}));
  CHECK(map.get(1) == std::pair(2, 3));
}

TEST_CASE("insert takes a key in braces", "[2]") {
  waitmap::wait_map<std::pair<int, int>, int> map;
  CHECK(map.insert({1, 2}, 3));
  CHECK(map.get({1, 2}) == 3);
  CHECK(map.contains({1, 2}));
  CHECK(map.erase({1, 2}));
}

TEST_CASE("try_emplace builds the value in place", "[2]") {
  using value_type = support::counted<>;
  waitmap::wait_map<int, value_type> map;
  value_type::reset();
  CHECK(map.try_emplace(1, 10).outcome == insert_outcome::inserted);
  CHECK(map.visit(1, [](const value_type& value) { CHECK(value.number() == 10); }));
  CHECK(value_type::copies == 0);
  CHECK(value_type::alive == 1);
}

TEST_CASE("try_emplace takes any number of arguments", "[2]") {
  waitmap::wait_map<int, std::string> map;
  CHECK(map.try_emplace(1));
  CHECK(map.try_emplace(2, std::size_t{3}, 'x'));
  CHECK(map.get(1) == "");
  CHECK(map.get(2) == "xxx");
}

TEST_CASE("try_emplace builds nothing where there is a value", "[2]") {
  using value_type = support::counted<>;
  waitmap::wait_map<int, value_type> map;
  map.try_emplace(1, 10);
  value_type::reset();
  CHECK(map.try_emplace(1, 20).outcome == insert_outcome::present);
  CHECK(value_type::made == 0);
  CHECK(map.visit(1, [](const value_type& value) { CHECK(value.number() == 10); }));
}

TEST_CASE("an rvalue key is moved and an lvalue key is copied, once", "[2]") {
  using key_type = support::counted<>;
  waitmap::wait_map<key_type, int> map(waitmap::options{.capacity = 10, .shards = 1});
  key_type::reset();
  key_type moved(1);
  map.insert(std::move(moved), 1);
  CHECK(key_type::copies == 0);
  CHECK(moved.number() == key_type::moved_from);
  const key_type copied(2);
  map.insert(copied, 2);
  CHECK(key_type::copies == 1);
  CHECK(copied.number() == 2);
}

TEST_CASE("a key is made only when a slot is created", "[2]") {
  using key_type = support::counted<>;
  waitmap::wait_map<key_type, int> map;
  key_type key(1);
  map.insert(key_type(1), 1);
  key_type::reset();
  map.insert(key, 2);
  map.insert(std::move(key), 2);
  map.insert_or_assign(std::move(key), 3);
  map.exchange(std::move(key), 4);
  map.update(std::move(key), [](auto& entry) { entry.assign(5); });
  CHECK(key_type::copies == 0);
  CHECK(key_type::moves == 0);
  CHECK(key.number() == 1);
}

}  // namespace insert_test
