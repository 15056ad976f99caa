// 6.5, 6.2: hashers and equalities that throw leave the map unchanged.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/last_words.hpp"
#include "support/spawn.hpp"

namespace throwing_hash_test {

using support::failing;
using support::step;
using support::step_failed;

struct throwing_hash {
  std::size_t operator()(int) const {
    support::may_fail(step::hash);
    return 0;
  }
};
struct throwing_equal {
  bool operator()(int left, int right) const {
    support::may_fail(step::comparison);
    return left == right;
  }
};
using value_type = std::shared_ptr<int>;
using map_type = waitmap::wait_map<int, value_type, throwing_hash, throwing_equal>;

template <class Value>
support::owned wait_on(map_type& map, int key, std::optional<Value>& result) {
  auto value = co_await map.wait(key);
  result.emplace(std::move(value));
}

// Calls the function with each step of the kind failing in turn, until none does. The map, with the values 1, 2
// and 3 and a waiter on 9, is as before after each failure.
template <class Function>
void leaves_the_map_unchanged(step kind, Function&& call) {
  int failures = 0;
  for (std::size_t n = 0;; ++n) {
    map_type map({.capacity = 100, .shards = 1});
    for (const int key : {1, 2, 3}) map.try_emplace(key, std::make_shared<int>(key));
    std::optional<std::optional<value_type>> result;
    const support::owned waiting = wait_on(map, 9, result);

    {
      const failing armed(kind, n);
      try {
        call(map);
      } catch (const step_failed&) {
      }
      if (!armed.has_failed()) break;
    }
    ++failures;
    REQUIRE(map.size() == 3);
    for (const int key : {1, 2, 3}) REQUIRE(**map.get(key) == key);
    REQUIRE(map.waiting(9) == 1);
    REQUIRE_FALSE(result);
    REQUIRE(map.insert(9, value_type()).resumed == 1);
  }
  CHECK(failures > 0);
}

template <class Function>
void every_function_leaves_the_map_unchanged(step kind, Function&& leaves) {
  leaves(kind, [](map_type& map) { (void)map.get(3); });
  leaves(kind, [](map_type& map) { map.modify(3, [](value_type&) {}); });
  leaves(kind, [](map_type& map) { map.insert(4, value_type()); });
  leaves(kind, [](map_type& map) { map.insert(9, value_type()); });
  leaves(kind, [](map_type& map) { map.insert_or_assign(3, value_type()); });
  leaves(kind, [](map_type& map) { map.exchange(3, value_type()); });
  leaves(kind, [](map_type& map) { map.update(3, [](auto& entry) { entry.erase(); }); });
  leaves(kind, [](map_type& map) { map.update(4, [](auto& entry) { entry.emplace(); }); });
  leaves(kind, [](map_type& map) { map.update(9, [](auto& entry) { entry.emplace(); }); });
  leaves(kind, [](map_type& map) { map.erase(3); });
  leaves(kind, [](map_type& map) { map.extract(3); });
  leaves(kind, [](map_type& map) { map.deliver(9, value_type()); });
  leaves(kind, [](map_type& map) { map.cancel(9); });
}

TEST_CASE("a hash that throws leaves the map unchanged", "[6.2][6.5]") {
  every_function_leaves_the_map_unchanged(
      step::hash, [](step kind, auto call) { leaves_the_map_unchanged(kind, call); });
}

TEST_CASE("an equality that throws leaves the map unchanged", "[6.2][6.5]") {
  every_function_leaves_the_map_unchanged(
      step::comparison, [](step kind, auto call) { leaves_the_map_unchanged(kind, call); });
}

TEST_CASE("a value is not moved from where a comparison throws", "[2.2][6.2]") {
  std::size_t n = 0;
  for (;; ++n) {
    map_type map({.capacity = 100, .shards = 1});
    for (const int key : {1, 2, 3}) map.try_emplace(key, std::make_shared<int>(key));
    value_type value = std::make_shared<int>(4);
    const failing armed(step::comparison, n);
    try {
      map.insert(4, std::move(value));
    } catch (const step_failed&) {
    }
    if (!armed.has_failed()) break;
    REQUIRE(value);
  }
  CHECK(n > 0);
}

// Kept behind a pointer by the map.
struct boxed_value {
  explicit boxed_value(int n) : number(std::make_unique<int>(n)) {}
  boxed_value(boxed_value&& other) noexcept(false) : number(std::move(other.number)) {}
  std::unique_ptr<int> number;
};

TEST_CASE("a value whose move may throw is not moved from where a comparison throws",
          "[2.2][6.2]") {
  std::size_t n = 0;
  for (;; ++n) {
    waitmap::wait_map<int, boxed_value, throwing_hash, throwing_equal> map(
        {.capacity = 100, .shards = 1});
    for (const int key : {1, 2, 3}) map.try_emplace(key, key);
    boxed_value value(4);
    const failing armed(step::comparison, n);
    try {
      map.insert(4, std::move(value));
    } catch (const step_failed&) {
    }
    if (!armed.has_failed()) break;
    REQUIRE(value.number);
    REQUIRE(map.size() == 3);
  }
  CHECK(n > 0);
}

TEST_CASE("a hash that throws while a table grows ends the program with a message", "[6.2]") {
  const std::string words = support::last_words([] {
    waitmap::wait_map<int, int, throwing_hash> map(waitmap::options{.shards = 1});
    map.insert(1, 1);
    for (int key = 2; key < 1000; ++key) {
      const failing armed(step::hash, 1);  // not the key that is inserted: one that is there
      map.insert(key, key);
    }
  });
  CHECK(words.find("wait_map: the hash of a key threw while a table grew") != std::string::npos);
}

}  // namespace throwing_hash_test
