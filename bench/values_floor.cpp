// The tables of values for the floor, which locks nothing.
#include <absl/container/flat_hash_map.h>

#include <optional>
#include <string>

#include "values_of_map.hpp"

namespace bench {

template <class K>
struct floor_values {
  static constexpr const char* name = "floor";
  absl::flat_hash_map<K, K> map;
  std::optional<K> get(const K& key) const {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional<K>(found->second);
  }
  void insert(const K& key, const K& value) { map.try_emplace(key, value); }
};

template struct values_of<floor_values<u64>, u64>;
template struct values_of<floor_values<std::string>, std::string>;

}  // namespace bench
