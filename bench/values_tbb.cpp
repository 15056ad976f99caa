// The tables of values for oneTBB's map.
#include <tbb/concurrent_hash_map.h>

#include <optional>
#include <string>

#include "values_of_map.hpp"

namespace bench {

template <class K>
struct tbb_values {
  static constexpr const char* name = "tbb";
  using map_type = tbb::concurrent_hash_map<K, K>;
  map_type map;
  std::optional<K> get(const K& key) const {
    typename map_type::const_accessor found;
    return map.find(found, key) ? std::optional<K>(found->second) : std::nullopt;
  }
  void insert(const K& key, const K& value) { map.insert({key, value}); }
};

template struct values_of<tbb_values<u64>, u64>;
template struct values_of<tbb_values<std::string>, std::string>;

}  // namespace bench
