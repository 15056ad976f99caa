// 1.1: the bits that choose the shard are not those that tell its elements apart. Where they were, all elements of a shard
// had like tags, and a look-up compared its key with several others.
#include <cstddef>
#include <cstdint>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace like_tags_test {

// As good as any, and the same in each run.
struct mixing_hash {
  using is_avalanching = void;
  std::size_t operator()(std::uint32_t key) const noexcept {
    std::uint64_t bits = (key + std::uint64_t{1}) * 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    return static_cast<std::size_t>(bits ^ (bits >> 31));
  }
};

int comparisons = 0;
struct counting_equal {
  bool operator()(std::uint32_t left, std::uint32_t right) const noexcept {
    ++comparisons;
    return left == right;
  }
};

TEST_CASE("the elements of a shard are told apart as if there were one table", "[1.1]") {
  constexpr int keys = 30'000;
  for (const std::size_t shards : {1u, 16u, 1024u}) {
    waitmap::wait_map<std::uint32_t, int, mixing_hash, counting_equal> map({.shards = shards});
    for (std::uint32_t key = 0; key != keys; ++key) map.insert(key, 1);
    // Looks up as many keys from the first on. Returns how many are there.
    const auto look_up = [&](std::uint32_t first) {
      int found = 0;
      comparisons = 0;
      for (std::uint32_t key = first; key != first + keys; ++key)
        found += map.contains(key) ? 1 : 0;
      return found;
    };

    // Of the elements that lie near, one in a hundred has the tag of another.
    CHECK(look_up(0) == keys);
    CHECK(comparisons < keys + keys / 5);
    CHECK(look_up(keys) == 0);
    CHECK(comparisons < keys / 5);
  }
}

}  // namespace like_tags_test
