// 1.6: construction from options, hash, equality and resumer, each of which has a default.
#include <cstddef>
#include <stdexcept>
#include <string>
#include <type_traits>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace options_test {

using map_type = waitmap::wait_map<std::string, int>;

static_assert(std::is_aggregate_v<waitmap::options>);
static_assert(!std::is_copy_constructible_v<map_type> && !std::is_copy_assignable_v<map_type>);
static_assert(!std::is_move_constructible_v<map_type> && !std::is_move_assignable_v<map_type>);

TEST_CASE("a map needs no options", "[1.6]") {
  map_type map;
  CHECK(map.empty());
  CHECK(map.capacity() == 0);
  CHECK_FALSE(map.closed());
}

TEST_CASE("options name the capacity and then the shards", "[1.6]") {
  map_type map{{1000, 4}};
  CHECK(map.capacity() >= 1000);
  CHECK(map.shard_count() == 4);
  CHECK(map.empty());

  const waitmap::options named{.capacity = 10, .shards = 2};
  map_type other(named);
  CHECK(other.capacity() >= 10);
  CHECK(other.shard_count() == 2);
}

TEST_CASE("more shards than there can be are refused", "[1.6]") {
  const waitmap::options too_many{.shards = std::size_t{65536} + 1};
  CHECK_THROWS_AS(map_type(too_many), std::length_error);
}

struct salted_hash {
  std::size_t salt;
  std::size_t operator()(int key) const noexcept { return static_cast<std::size_t>(key) ^ salt; }
};
struct modulo_equal {
  int modulus;
  bool operator()(int left, int right) const noexcept { return left % modulus == right % modulus; }
};
struct modulo_hash {
  int modulus;
  std::size_t operator()(int key) const noexcept { return static_cast<std::size_t>(key % modulus); }
};

TEST_CASE("a map uses the hash that it is given", "[1.6]") {
  waitmap::wait_map<int, int, salted_hash> map({}, salted_hash{42});
  map.insert(1, 2);
  CHECK(map.get(1) == 2);
}

TEST_CASE("a map uses the equality that it is given", "[1.6]") {
  waitmap::wait_map<int, int, modulo_hash, modulo_equal> map({}, modulo_hash{10}, modulo_equal{10});
  map.insert(3, 7);
  CHECK(map.get(13) == 7);
  CHECK_FALSE(map.get(14));
}

}  // namespace options_test
