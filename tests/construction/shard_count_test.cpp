// 1.6: any number of shards, rounded up to a power of two; 0 derives it from the hardware.
#include <bit>
#include <cstddef>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace shard_count_test {

using map_type = waitmap::wait_map<int, int>;

TEST_CASE("the number of shards is rounded up to a power of two", "[1.6]") {
  const std::pair<std::size_t, std::size_t> asked_and_made[] = {
      {1, 1}, {2, 2}, {3, 4}, {4, 4}, {5, 8}, {17, 32}, {1000, 1024}, {65536, 65536}};
  for (const auto& [asked, made] : asked_and_made) {
    CHECK(map_type(waitmap::options{.shards = asked}).shard_count() == made);
  }
}

TEST_CASE("the default number of shards is a power of two", "[1.6]") {
  CHECK(std::has_single_bit(map_type().shard_count()));
}

TEST_CASE("values are found whatever the number of shards", "[1.6]") {
  for (const std::size_t shards : {1u, 2u, 64u, 65536u}) {
    map_type map(waitmap::options{.shards = shards});
    for (int key = 0; key < 100; ++key) CHECK(map.insert(key, -key));
    for (int key = 0; key < 100; ++key) CHECK(map.get(key) == -key);
    CHECK(map.size() == 100);
  }
}

}  // namespace shard_count_test
