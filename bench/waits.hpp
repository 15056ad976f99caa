// What the tables of waits let each map do. A map is compiled in a source of its own: how much g++ inlines
// depends on what else is in a source, and by that alone the same loop took 20 ns or 38.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness.hpp"
#include "keys.hpp"

namespace bench {

constexpr std::size_t passes = 200;
constexpr std::size_t fan_out_waiters = 100'000, fan_out_passes = 4;

// Each makes a contestant. Map waits for a u64 and gets a u64. Defined in waits_of_map.hpp, which the map's
// source instantiates.
template <class Map>
struct waits {
  // A new coroutine per key.
  static contestant new_coroutines(std::string name, const std::vector<u64>& keys);
  // One coroutine that waits for every key in turn.
  static contestant one_coroutine(std::string name, const std::vector<u64>& keys);
  // `width` waiters on each of some keys: a hundred thousand coroutines in all.
  static contestant fan_out(std::string name, const std::vector<u64>& keys, std::size_t width);
  // Every one of a thousand, and of a hundred thousand, waiters on one key is destroyed, in random order.
  static contestant dropping(std::string name);
  // Each coroutine waits for the one before.
  static contestant chain(std::string name, const std::vector<u64>& keys);
  static contestant chain_stack(std::string name, const std::vector<u64>& keys, std::size_t few,
                                std::size_t many);
};

}  // namespace bench
