// 2: for_each, modify_each, erase_if, clear.
#include <cstddef>
#include <map>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"

namespace all_values_test {

using map_type = waitmap::wait_map<int, int>;

void fill(map_type& map) {
  for (int key = 0; key < 1000; ++key) map.insert(key, 2 * key);
}

TEST_CASE("for_each sees each element once", "[2][2.4]") {
  map_type map;
  fill(map);
  std::map<int, int> seen;
  map.for_each([&](const int& key, const int& value) {
    CHECK(value == 2 * key);
    ++seen[key];
  });
  CHECK(seen.size() == 1000);
  for (const auto& [key, times] : seen) CHECK(times == 1);
}

TEST_CASE("modify_each changes each value once", "[2][2.4]") {
  map_type map;
  fill(map);
  map.modify_each([](const int&, int& value) { ++value; });
  for (int key = 0; key < 1000; ++key) CHECK(map.get(key) == 2 * key + 1);
}

TEST_CASE("erase_if removes the elements that satisfy the predicate and counts them", "[2][2.4]") {
  map_type map;
  fill(map);
  std::map<int, int> seen;
  CHECK(map.erase_if([&](const int& key, const int& value) {
    ++seen[key];
    return key % 2 == 0 && value == 2 * key;
  }) == 500);
  CHECK(seen.size() == 1000);
  for (const auto& [key, times] : seen) CHECK(times == 1);
  CHECK(map.size() == 500);
  for (int key = 0; key < 1000; ++key) CHECK(map.contains(key) == (key % 2 == 1));
}

TEST_CASE("erase_if of all values gives the memory back, unless room is reserved", "[2]") {
  const auto all = [](const int&, const int&) { return true; };
  waitmap::wait_map<int, int> map(waitmap::options{.shards = 1});
  for (int i = 0; i != 100; ++i) map.insert(i, i);
  CHECK(map.erase_if(all) == 100);
  CHECK(map.capacity() == 0);

  map.reserve(100);
  const std::size_t room = map.capacity();
  for (int i = 0; i != 100; ++i) map.insert(i, i);
  CHECK(map.erase_if(all) == 100);
  CHECK(map.empty());
  CHECK(map.capacity() == room);
}

TEST_CASE("where a predicate throws, its shard is unchanged", "[2][6.2]") {
  map_type map(waitmap::options{.shards = 1});
  fill(map);
  int calls = 0;
  const auto predicate = [&](const int&, const int&) {
    if (++calls == 500) throw support::told_to_throw{};
    return true;
  };
  CHECK_THROWS_AS(map.erase_if(predicate), support::told_to_throw);
  CHECK(map.size() == 1000);
}

TEST_CASE("clear removes all values", "[2]") {
  map_type map;
  fill(map);
  map.clear();
  CHECK(map.empty());
  CHECK_FALSE(map.contains(1));
  fill(map);
  CHECK(map.size() == 1000);
}

TEST_CASE("clear leaves the waiters", "[2]") {
  map_type map(waitmap::options{.shards = 1});
  auto operation = map.wait(-1);
  std::optional<std::optional<int>> result;
  support::await_into(operation, result);
  fill(map);
  map.clear();
  CHECK(map.empty());
  CHECK(map.waiting() == 1);
  CHECK(map.insert(-1, 5).resumed == 1);
  CHECK(result == std::optional(5));
}

TEST_CASE("a value can be removed while others are waited for", "[2]") {
  map_type map(waitmap::options{.shards = 1});
  auto operation = map.wait(-1);
  std::optional<std::optional<int>> result;
  support::await_into(operation, result);
  fill(map);
  CHECK(map.erase_if([](const int&, const int&) { return true; }) == 1000);
  CHECK(map.waiting() == 1);
  map.cancel(-1);
}

}  // namespace all_values_test
