// 2: get_all and visit_all look many keys up. In a map that is larger than caches they look ahead: each case runs
// in a small map and in a large one.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <mutex>
#include <optional>
#include <ranges>
#include <shared_mutex>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/named.hpp"
#include "support/race.hpp"

namespace many_keys_test {

// Room for so many values makes a map large.
waitmap::options small_or_large() { return {.capacity = GENERATE(0u, 100'000u)}; }

using optional_ints = std::vector<std::optional<int>>;

template <class Policy>
using map_with =
    waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, Policy>;
struct plain_mutex_policy : waitmap::default_policy {
  using mutex = std::mutex;
};
struct shared_mutex_policy : waitmap::default_policy {
  using mutex = std::shared_mutex;
};

TEMPLATE_TEST_CASE("get_all gives the values in the order of the keys", "[2]",
                   waitmap::default_policy, waitmap::single_threaded_policy, plain_mutex_policy,
                   shared_mutex_policy) {
  map_with<TestType> map(small_or_large());
  for (int key = 0; key < 1000; ++key) map.insert(key, 10 * key);
  std::vector<int> keys;
  for (int key = 1500; key-- > 0;) keys.push_back(key);
  const optional_ints found = map.get_all(keys);
  REQUIRE(found.size() == keys.size());
  for (std::size_t n = 0; n < keys.size(); ++n) {
    CHECK(found[n] == (keys[n] < 1000 ? std::optional(10 * keys[n]) : std::nullopt));
  }
}

TEST_CASE("get_all gives the value of a key as often as the key is given", "[2]") {
  map_with<waitmap::default_policy> map(small_or_large());
  map.insert(1, 10);
  map.insert(2, 20);
  const std::vector keys{1, 2, 3, 1, 1, 3, 2, 1, 2, 3, 1};
  CHECK(map.get_all(keys) == optional_ints{10, 20, {}, 10, 10, {}, 20, 10, 20, {}, 10});
  CHECK(map.get_all({1, 3, 1}) == optional_ints{10, {}, 10});
}

TEST_CASE("get_all of no keys is empty", "[2]") {
  const map_with<waitmap::default_policy> map(small_or_large());
  CHECK(map.get_all(std::vector<int>()).empty());
  CHECK(map.visit_all(std::vector<int>(), [](std::size_t, int) { FAIL("no key"); }) == 0);
}

TEST_CASE("visit_all calls its function with the index of each key that has a value", "[2]") {
  using value_type = support::counted<>;
  waitmap::wait_map<int, value_type> map(small_or_large());
  for (int key = 0; key < 20; ++key) map.try_emplace(key, 10 * key);
  value_type::reset();
  const std::vector keys{30, 3, 2, 31, 2, 19, 18, 17, 16, 15, 14, 32};
  std::vector<std::pair<std::size_t, int>> seen;
  const auto note = [&](std::size_t index, const value_type& value) {
    seen.emplace_back(index, value.number());
  };
  CHECK(map.visit_all(keys, note) == 9);
  CHECK(
      seen ==
      std::vector<std::pair<std::size_t, int>>{
          {1, 30}, {2, 20}, {4, 20}, {5, 190}, {6, 180}, {7, 170}, {8, 160}, {9, 150}, {10, 140}});
  CHECK(value_type::copies == 0);
  seen.clear();
  CHECK(map.visit_all({40, 4}, note) == 1);
  CHECK(seen == std::vector<std::pair<std::size_t, int>>{{1, 40}});
}

TEST_CASE("a key that is only waited for or claimed has no value among many", "[2]") {
  map_with<waitmap::default_policy> map(small_or_large());
  const auto claimed = map.try_claim(1);
  const auto subscribed = map.subscribe(2);
  map.insert(3, 30);
  CHECK(map.get_all({1, 2, 3}) == optional_ints{{}, {}, 30});
}

// --- what keys may be

TEST_CASE("many string keys are given as strings, views, literals and pointers", "[2]") {
  waitmap::wait_map<std::string, int> map(small_or_large());
  const std::string long_key(100, 'k');
  map.insert("a", 1);
  map.insert(long_key, 2);
  const optional_ints expected{1, {}, 2};
  CHECK(map.get_all(std::vector<std::string>{"a", "b", long_key}) == expected);
  CHECK(map.get_all(std::vector<std::string_view>{"a", "b", long_key}) == expected);
  CHECK(map.get_all(std::vector<const char*>{"a", "b", long_key.c_str()}) == expected);
  CHECK(map.get_all(std::list<std::string>{"a", "b", long_key}) == expected);
  const char literals[3][8] = {"a", "b", "a"};
  CHECK(map.get_all(literals) == optional_ints{1, {}, 1});
  CHECK(map.get_all({"a", "b", long_key}) == expected);
}

TEST_CASE("keys may be made while they are read", "[2]") {
  waitmap::wait_map<std::string, int> map(small_or_large());
  for (int key = 0; key < 30; ++key)
    map.insert("a key of many letters " + std::to_string(key), key);
  int made = 0;
  const auto name = [&](int number) {
    ++made;
    return "a key of many letters " + std::to_string(number);
  };
  int next = 0;
  for (const auto& found : map.get_all(std::views::iota(0, 30) | std::views::transform(name))) {
    CHECK(found == next++);
  }
  CHECK(next == 30);
  CHECK(made == 30);
}

TEST_CASE("keys may come from a range that is read but once", "[2]") {
  waitmap::wait_map<std::string, int> map(small_or_large());
  for (int key = 0; key < 30; ++key) map.insert("a_key_of_many_letters" + std::to_string(key), key);
  std::stringstream text;
  for (int key = 0; key < 30; ++key) text << "a_key_of_many_letters" << key << ' ';
  // It has one string, for all of its elements, and does not know how many they are.
  optional_ints expected;
  for (int key = 0; key < 30; ++key) expected.emplace_back(key);
  CHECK(map.get_all(std::ranges::istream_view<std::string>(text)) == expected);
}

TEST_CASE("keys are not moved from", "[2.2]") {
  waitmap::wait_map<std::string, int> map(small_or_large());
  std::vector<std::string> keys(20, "a key that lies on the heap");
  const std::vector<std::string> before = keys;
  map.insert(keys[0], 1);
  const std::ranges::subrange moving(std::move_iterator(keys.begin()),
                                     std::move_iterator(keys.end()));
  CHECK(map.get_all(moving) == optional_ints(20, 1));
  CHECK(map.get_all(std::move(keys)) == optional_ints(20, 1));
  CHECK(keys == before);  // NOLINT(bugprone-use-after-move)
}

// A hash and equality of one's own that accept a number, which does not convert to the key.
struct person {
  explicit person(int number) : id(number) { ++made; }
  person(person&& other) noexcept : id(other.id) {}
  int id;
  static inline int made = 0;
};
struct person_hash {
  using is_transparent = void;
  // Not counted: in debug builds newer abseil hashes what it finds.
  std::size_t operator()(const person& key) const { return std::hash<int>{}(key.id); }
  std::size_t operator()(int id) const {
    if (id == throws_for) throw id;
    ++calls;
    return std::hash<int>{}(id);
  }
  static inline int calls = 0;
  static inline int throws_for = -1;
};
struct person_equal {
  using is_transparent = void;
  bool operator()(const person& left, const person& right) const { return left.id == right.id; }
  bool operator()(const person& left, int right) const { return left.id == right; }
};
using person_map = waitmap::wait_map<person, int, person_hash, person_equal>;

TEST_CASE("many look-ups by another type make no key", "[2]") {
  person_map map(small_or_large());
  map.insert(42, 1);
  person::made = 0;
  CHECK(map.get_all(std::vector{41, 42, 43}) == optional_ints{{}, 1, {}});
  CHECK(person::made == 0);
}

TEST_CASE("many keys are given as what converts to the key", "[2][2.6]") {
  waitmap::wait_map<support::named, int> map(small_or_large());
  map.insert(1, 10);
  CHECK(map.get_all(std::vector{1, 2}) == optional_ints{10, {}});
  waitmap::wait_map<std::uint16_t, int> numbers(small_or_large());
  numbers.insert(7, 70);
  CHECK(numbers.get_all(std::vector<std::uint8_t>{7, 8}) == optional_ints{70, {}});
  CHECK(numbers.get_all(std::vector<std::integral_constant<int, 7>>(2)) == optional_ints{70, 70});
  waitmap::wait_map<bool, int> flags(small_or_large());
  flags.insert(true, 1);
  CHECK(flags.get_all(std::vector<bool>{false, true}) == optional_ints{{}, 1});
}

// --- looking ahead

TEST_CASE("a large map hashes several keys before it looks at the first", "[2]") {
  const std::vector<int> keys(20, 1);
  const auto hashed_at_first = [&](waitmap::options how) {
    person_map map(how);
    map.insert(1, 10);
    person_hash::calls = 0;
    int at_first = 0;
    map.visit_all(keys, [&](std::size_t index, int) {
      if (index == 0) at_first = person_hash::calls;
    });
    CHECK(person_hash::calls == 20);  // each once
    return at_first;
  };
  CHECK(hashed_at_first({}) == 1);
  CHECK(hashed_at_first({.capacity = 100'000}) > 1);
}

TEST_CASE("a map may become large meanwhile", "[2]") {
  map_with<waitmap::single_threaded_policy> map;
  for (int key = 0; key < 1000; ++key) map.insert(key, key);
  int made = 0;
  std::vector<int> numbers(1000);
  int sum = 0;
  map.visit_all(numbers | std::views::transform([&](int) {
                  if (made == 500) map.reserve(100'000);  // no lock is held while a key is made
                  return made++;
                }),
                [&](std::size_t index, int value) {
                  CHECK(static_cast<int>(index) == value);
                  sum += value;
                });
  CHECK(sum == 999 * 1000 / 2);
}

// --- what throws

TEST_CASE("what a function throws comes out of visit_all, and the lock is dropped", "[6.2]") {
  map_with<waitmap::default_policy> map(small_or_large());
  for (int key = 0; key < 20; ++key) map.insert(key, key);
  std::size_t calls = 0;
  CHECK_THROWS_AS(map.visit_all(std::views::iota(0, 20),
                                [&](std::size_t index, int) {
                                  ++calls;
                                  if (index == 12) throw index;
                                }),
                  std::size_t);
  CHECK(calls == 13);
  for (int key = 0; key < 20; ++key) CHECK(map.modify(key, [](int& value) { ++value; }));
}

TEST_CASE("what a copy throws comes out of get_all, and nothing stays alive", "[6.2]") {
  using value_type = support::counted<>;
  waitmap::wait_map<int, value_type> map(small_or_large());
  value_type::reset();
  for (int key = 0; key < 20; ++key) map.try_emplace(key, key);
  value_type::copies_before_throw = 12;
  CHECK_THROWS_AS(map.get_all(std::views::iota(0, 20)), support::told_to_throw);
  CHECK(value_type::copies == 12);
  value_type::copies_before_throw = -1;
  CHECK(value_type::alive == 20);
  CHECK(map.get_all(std::views::iota(0, 20)).size() == 20);
}

TEST_CASE("what a hash throws comes out of get_all", "[6.2]") {
  person_map map(small_or_large());
  map.insert(1, 10);
  person_hash::throws_for = 13;
  CHECK_THROWS_AS(map.get_all(std::views::iota(0, 20)), int);
  person_hash::throws_for = -1;
  CHECK(map.get(1) == 10);
}

// --- threads

TEST_CASE("each of many keys is looked at in its own moment while others write", "[6.3]") {
  waitmap::wait_map<int, std::string> map(waitmap::options{.capacity = 100'000, .shards = 4});
  constexpr int keys = 64;
  const auto value_of = [](int key, int round) {
    return std::to_string(key) + std::string(20, ' ') + std::to_string(round);
  };
  std::atomic<bool> ended{false};
  std::atomic<int> wrong{0};
  const auto read = [&] {
    // relaxed: a flag and counts that guard nothing
    while (!ended.load(std::memory_order_relaxed)) {
      const auto found = map.get_all(std::views::iota(0, keys));
      for (int key = 0; key < keys; ++key) {
        const auto& value = found[static_cast<std::size_t>(key)];
        if (value && !value->starts_with(std::to_string(key) + ' '))
          wrong.fetch_add(1, std::memory_order_relaxed);
      }
      map.visit_all(std::views::iota(0, keys), [&](std::size_t index, const std::string& value) {
        if (!value.starts_with(std::to_string(index) + ' '))
          wrong.fetch_add(1, std::memory_order_relaxed);
      });
    }
  };
  support::race(read, read, [&] {
    for (int round = 0; round < 300; ++round) {
      for (int key = 0; key < keys; ++key) {
        if ((key + round) % 3 == 0) {
          map.erase(key);
        } else {
          map.insert_or_assign(key, value_of(key, round));
        }
      }
      if (round % 30 == 0) map.shrink_to_fit();
      if (round % 30 == 15) map.reserve(100'000);
    }
    ended.store(true, std::memory_order_relaxed);
  });
  CHECK(wrong == 0);
}

}  // namespace many_keys_test
