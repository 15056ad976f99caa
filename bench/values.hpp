// What the tables of values let each map do. As for the waits (see waits.hpp), a map is compiled in a source of
// its own.
#pragma once

#include <cstddef>
#include <vector>

#include "harness.hpp"
#include "keys.hpp"
#include "team.hpp"

namespace bench {

template <class K>
struct entries {
  std::vector<K> keys, values;
  std::vector<K> lookups;  // the same keys in another order

  explicit entries(std::size_t count) : keys(make_keys<K>(count)), lookups(shuffled(keys)) {
    for (std::size_t n = 0; n != count; ++n) values.push_back(some_value<K>(n));
  }
};

// The part of [0, count) that thread `index` of `threads` works on.
struct share {
  std::size_t begin, end;
  share(std::size_t count, std::size_t index, std::size_t threads)
      : begin(count * index / threads), end(count * (index + 1) / threads) {}
};

// Each makes a contestant. Map has a name, get(key) and insert(key, value), K for key and value. Defined in
// values_of_map.hpp, which the map's source instantiates.
template <class Map, class K>
struct values_of {
  static contestant get(const entries<K>& from, team& threads, std::size_t thread_count);
  static contestant insert(const entries<K>& from, team& threads, std::size_t thread_count);
};

template <class K>
struct floor_values;
template <class K>
class locked_floor_values;
template <class K>
struct our_values;
template <class K>
struct our_values_of_one_thread;
template <class K>
struct hand_rolled_values;
template <class K>
struct tbb_values;

}  // namespace bench
