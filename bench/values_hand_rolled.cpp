// The tables of values for the hand-rolled map.

#include <optional>
#include <string>

#include "hand_rolled.hpp"
#include "values_of_map.hpp"

namespace bench {

template <class K>
struct hand_rolled_values {
  static constexpr const char* name = "hand-rolled";
  hand_rolled_map<K, K> map;
  std::optional<K> get(const K& key) { return map.get(key); }
  void insert(const K& key, const K& value) { map.insert(key, value); }
};

template struct values_of<hand_rolled_values<u64>, u64>;
template struct values_of<hand_rolled_values<std::string>, std::string>;

}  // namespace bench
