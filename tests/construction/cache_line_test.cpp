// 1.1: no two shards share a cache line, nor one of the pairs in which processors fetch lines.
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace cache_line_test {

// A lock that notes where it lies when it is locked.
std::vector<std::uintptr_t> places;
struct noting_mutex {
  void lock() { places.push_back(reinterpret_cast<std::uintptr_t>(this)); }
  void unlock() {}
};
struct noting_policy : waitmap::default_policy {
  using mutex = noting_mutex;
};

TEST_CASE("no two shards share a cache line", "[1.1]") {
  constexpr std::size_t cache_line = 64;
  waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>,
                    noting_policy>
      map(waitmap::options{.shards = 8});
  places.clear();
  CHECK(map.size() == 0);  // locks the shards one by one

  REQUIRE(places.size() == 8);
  for (std::size_t i = 0; i < places.size(); ++i) {
    CHECK(places[i] % (2 * cache_line) < cache_line);
    if (i > 0) CHECK(places[i] - places[i - 1] >= 2 * cache_line);
  }
  using shard = waitmap::detail::shard<int, int, waitmap::default_hash<int>,
                                       waitmap::default_equal<int>, waitmap::default_policy>;
  STATIC_REQUIRE(alignof(shard) == cache_line);
  STATIC_REQUIRE(sizeof(shard) == cache_line);
}

}  // namespace cache_line_test
