// 3: a wait for many keys. In a map that is larger than caches it looks ahead: each case runs in a small map and in a
// large one.
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/waiter.hpp"

namespace wait_all_of_many_test {

// Room for so many values makes a map large.
waitmap::options small_or_large() { return {.capacity = GENERATE(0u, 100'000u)}; }

struct counting_hash {
  static inline std::size_t calls = 0;
  std::size_t operator()(int key) const noexcept {
    ++calls;
    return waitmap::default_hash<int>()(key);
  }
};
using map_type = waitmap::wait_map<int, std::string, counting_hash>;

std::vector<int> numbers(int count) {
  std::vector<int> keys;
  for (int key = 0; key < count; ++key) keys.push_back(key);
  return keys;
}

TEST_CASE("wait_all of many keys gives what is there and what comes, in the order of the keys",
          "[3]") {
  map_type map(small_or_large());
  const int count = GENERATE(7, 8, 9, 16, 100);
  const int present = GENERATE(0, 1, 8, 50);
  for (int key = 0; key < count && key < present; ++key) map.insert(key, std::to_string(key));
  support::waiter all([&, keys = numbers(count)] { return map.wait_all(keys); });
  for (int key = count; key-- > 0;) {
    if (key >= present) CHECK(map.insert(key, std::to_string(key)).resumed == 1);
  }
  REQUIRE(all.has_result());
  REQUIRE(all.result().size() == static_cast<std::size_t>(count));
  for (int key = 0; key < count; ++key) {
    CHECK(*all.result()[static_cast<std::size_t>(key)] == std::to_string(key));
  }
  CHECK(map.waiting() == 0);
}

TEST_CASE("wait_all hashes each of many keys once", "[1.1][3]") {
  map_type map({.capacity = GENERATE(1'000u, 100'000u)});  // no table grows, and hashes what it has
  const int present = GENERATE(0, 20, 50);
  for (int key = 0; key < present; ++key) map.insert(key, "value");
  counting_hash::calls = 0;
  support::waiter all([&, keys = numbers(50)] { return map.wait_all(keys); });
  CHECK(counting_hash::calls == 50);
}

TEST_CASE("a key that is given to wait_all often is waited for as often", "[3]") {
  waitmap::wait_map<std::string, int> map(small_or_large());
  const std::vector<std::string> keys(20, "a key of many letters, in memory of its own");
  support::waiter all([&] { return map.wait_all(keys); });
  CHECK(map.waiting(keys[0]) == 20);
  CHECK(map.insert(keys[0], 1).resumed == 20);
  REQUIRE(all.has_result());
  for (const auto& each : all.result()) CHECK(*each == 1);
}

}  // namespace wait_all_of_many_test
