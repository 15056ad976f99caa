// The tables of values for the floor with locks: as many tables as wait_map has shards, each with a lock beside
// it, and a word beside each value. Nothing else.
#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>
#include <wait_map/mutex.hpp>

#include "values_of_map.hpp"

namespace bench {

template <class K>
class locked_floor_values {
 public:
  static constexpr const char* name = "locked floor";

  std::optional<K> get(const K& key) {
    shard& at = shard_of(key);
    const std::lock_guard lock(at.mutex);
    const auto found = at.map.find(key);
    return found == at.map.end() ? std::nullopt : std::optional<K>(found->second.value);
  }
  void insert(const K& key, const K& value) {
    shard& at = shard_of(key);
    const std::lock_guard lock(at.mutex);
    at.map.try_emplace(key, value);
  }

 private:
  struct slot {
    explicit slot(const K& kept) : value(kept) {}
    u64 word = 1;
    K value;
  };
  struct alignas(128) shard {
    waitmap::word_mutex mutex;
    absl::flat_hash_map<K, slot> map;
  };

  shard& shard_of(const K& key) { return shards_[(absl::Hash<K>{}(key) >> 40) % shards_.size()]; }

  std::vector<shard> shards_ =
      std::vector<shard>(std::bit_ceil(16 * std::max(std::thread::hardware_concurrency(), 1u)));
};

template struct values_of<locked_floor_values<u64>, u64>;
template struct values_of<locked_floor_values<std::string>, std::string>;

}  // namespace bench
