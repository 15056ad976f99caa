// 2: reserve, shrink_to_fit, capacity: the places in all tables together.
#include <cstddef>
#include <cstdint>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace capacity_test {

// The same in each run, unlike absl's.
struct fixed_hash {
  using is_avalanching = void;
  std::size_t operator()(int key) const noexcept {
    std::uint64_t bits = static_cast<std::uint64_t>(key) + 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return static_cast<std::size_t>(bits ^ (bits >> 31));
  }
};
using map_type = waitmap::wait_map<int, int, fixed_hash>;

TEST_CASE("values that fit into the capacity do not grow a table", "[1.6]") {
  for (const int values : {1, 10, 100, 1000, 1664 * 32, 100000}) {
    map_type map({.capacity = static_cast<std::size_t>(values), .shards = 32});
    const std::size_t places = map.capacity();
    for (int key = 0; key < values; ++key) map.insert(key, key);
    CHECK(map.capacity() == places);
  }
}

TEST_CASE("reserve makes room beside the values that are there", "[2]") {
  map_type map(waitmap::options{.shards = 4});
  for (int key = 0; key < 10; ++key) map.insert(key, key);
  map.reserve(1000);
  const std::size_t places = map.capacity();
  CHECK(places >= 1000);
  for (int key = 0; key < 1000; ++key) map.insert(key, key);
  CHECK(map.capacity() == places);
  CHECK(map.get(5) == 5);
}

TEST_CASE("a map grows beyond its capacity", "[2]") {
  map_type map({.capacity = 10, .shards = 2});
  for (int key = 0; key < 10000; ++key) map.insert(key, key);
  CHECK(map.size() == 10000);
  CHECK(map.capacity() >= 10000);
}

TEST_CASE("shrink_to_fit gives back what erased values used", "[2]") {
  map_type map(waitmap::options{.shards = 4});
  for (int key = 0; key < 10000; ++key) map.insert(key, key);
  const std::size_t full = map.capacity();
  map.erase_if([](const int& key, const int&) { return key >= 10; });
  map.shrink_to_fit();
  CHECK(map.capacity() < full / 100);
  CHECK(map.size() == 10);
  for (int key = 0; key < 10; ++key) CHECK(map.get(key) == key);
}

}  // namespace capacity_test
