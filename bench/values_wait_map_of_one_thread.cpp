// The tables of values for a wait_map that does not lock.

#include <optional>
#include <string>
#include <wait_map/wait_map.hpp>

#include "values_of_map.hpp"

namespace bench {

template <class K>
struct our_values_of_one_thread {
  static constexpr const char* name = of_one_thread;
  waitmap::wait_map<K, K, waitmap::default_hash<K>, waitmap::default_equal<K>,
                    waitmap::single_threaded_policy>
      map;
  std::optional<K> get(const K& key) { return map.get(key); }
  void insert(const K& key, const K& value) { map.insert(key, value); }
};

template struct values_of<our_values_of_one_thread<u64>, u64>;
template struct values_of<our_values_of_one_thread<std::string>, std::string>;

}  // namespace bench
