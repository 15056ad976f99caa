// The tables of values for wait_map.

#include <optional>
#include <string>
#include <wait_map/wait_map.hpp>

#include "values_of_map.hpp"

namespace bench {

template <class K>
struct our_values {
  static constexpr const char* name = ours;
  waitmap::wait_map<K, K> map;
  std::optional<K> get(const K& key) { return map.get(key); }
  void insert(const K& key, const K& value) { map.insert(key, value); }
};

template struct values_of<our_values<u64>, u64>;
template struct values_of<our_values<std::string>, std::string>;

}  // namespace bench
