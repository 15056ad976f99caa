// 1.1: the whole hash chooses the shard, also where the hash is weak.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace shard_choice_test {

// A lock that counts, by its address, how often it is locked: so how often its shard is chosen.
std::map<const void*, int> chosen;
struct counting_mutex {
  void lock() { ++chosen[this]; }
  void unlock() {}
};
struct counting_policy : waitmap::default_policy {
  using mutex = counting_mutex;
};

struct identity_hash {
  std::size_t operator()(std::uint64_t key) const noexcept { return static_cast<std::size_t>(key); }
};

template <class Key, class Hash, class MakeKey>
void falls_on_all_shards_alike(MakeKey&& make_key) {
  constexpr int shards = 16;
  constexpr int keys = 16000;
  waitmap::wait_map<Key, int, Hash, waitmap::default_equal<Key>, counting_policy> map(
      waitmap::options{.shards = shards});
  chosen.clear();
  for (int i = 0; i < keys; ++i) (void)map.contains(make_key(i));

  REQUIRE(chosen.size() == shards);
  for (const auto& [shard, times] : chosen) {
    CHECK(times > keys / shards / 2);
    CHECK(times < keys / shards * 2);
  }
}

TEST_CASE("keys fall on all shards alike with the default hash", "[1.1]") {
  falls_on_all_shards_alike<std::string, waitmap::default_hash<std::string>>(
      [](int i) { return std::to_string(i); });
}

TEST_CASE("keys fall on all shards alike with the identity as their hash", "[1.1]") {
  using key = std::uint64_t;
  constexpr int half = std::numeric_limits<std::size_t>::digits / 2;
  const auto number = [](int i) { return static_cast<key>(i); };
  falls_on_all_shards_alike<key, identity_hash>(number);
  falls_on_all_shards_alike<key, identity_hash>([&](int i) { return number(i) * 64; });
  falls_on_all_shards_alike<key, identity_hash>([&](int i) { return number(i) << half; });
}

}  // namespace shard_choice_test
