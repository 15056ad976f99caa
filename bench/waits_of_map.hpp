// What every map does in the tables of waits.
#pragma once

#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coroutine.hpp"
#include "waits.hpp"

namespace bench {
namespace {

u64 sum;  // of all the values that waiters got

template <class Map>
detached wait_once(Map& map, const u64& key) {
  auto value = co_await map.wait(key);
  sum += *value;
}

template <class Map>
owned wait_owned(Map& map, const u64& key) {
  auto value = co_await map.wait(key);
  if (value) sum += *value;
}

// The same, where a hundred thousand wait at once.
template <class Map>
recycled wait_recycled(Map& map, const u64& key) {
  auto value = co_await map.wait(key);
  sum += *value;
}

// Registers for one key after the other, and stops at `end_of_pass` until the driver has erased
// them.
template <class Map>
owned wait_for_all(Map& map, const std::vector<u64>& keys, std::coroutine_handle<>& end_of_pass) {
  for (;;) {
    for (const u64& key : keys) {
      auto value = co_await map.wait(key);
      sum += *value;
    }
    co_await park(end_of_pass);
  }
}

template <class Map>
detached link(Map& map, const u64& before, const u64& after) {
  auto value = co_await map.wait(before);
  map.insert(after, *value + 1);
}

// How far down the stack reaches while the chain runs.
std::uintptr_t deepest;

[[gnu::noinline]] void note_depth() {
  deepest = std::min(deepest, reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)));
}

template <class Map>
detached measured_link(Map& map, const u64& before, const u64& after) {
  auto value = co_await map.wait(before);
  note_depth();
  map.insert(after, *value + 1);
}

template <class Map>
std::size_t stack_of_chain(const std::vector<u64>& keys, std::size_t links) {
  Map map;
  for (std::size_t i = 0; i != links; ++i) measured_link(map, keys[i], keys[i + 1]);
  const std::uintptr_t here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  deepest = here;
  map.insert(keys[0], 0);
  return here - deepest;
}

template <class Map>
double time_drops(Map& map, std::size_t count, std::size_t times) {
  static const u64 key = 1;
  double elapsed = 0;
  for (std::size_t time = 0; time != times; ++time) {
    std::vector<owned> waiters;
    std::vector<std::uint32_t> order(count);
    for (std::size_t i = 0; i != count; ++i) {
      waiters.push_back(wait_owned(map, key));
      order[i] = static_cast<std::uint32_t>(i);
    }
    order = shuffled(std::move(order));
    const stopwatch watch;
    for (const std::uint32_t i : order) waiters[i].destroy();
    elapsed += watch.elapsed();
  }
  return elapsed / static_cast<double>(count * times);
}

}  // namespace

template <class Map>
contestant waits<Map>::new_coroutines(std::string name, const std::vector<u64>& keys) {
  return {std::move(name), [&keys, map = std::make_shared<Map>()] {
            double elapsed = 0;
            for (std::size_t pass = 0; pass != passes; ++pass) {
              const stopwatch watch;
              for (const u64& key : keys) wait_once(*map, key);
              for (const u64& key : keys) map->insert(key, key);
              elapsed += watch.elapsed();
              for (const u64& key : keys) map->erase(key);
            }
            return std::vector{elapsed / static_cast<double>(passes * keys.size())};
          }};
}

template <class Map>
contestant waits<Map>::one_coroutine(std::string name, const std::vector<u64>& keys) {
  struct state {
    Map map;
    std::coroutine_handle<> end_of_pass;
    owned reader;
    explicit state(const std::vector<u64>& all) : reader(wait_for_all(map, all, end_of_pass)) {}
    ~state() { reader.destroy(); }
  };
  return {std::move(name), [&keys, all = std::make_shared<state>(keys)] {
            double elapsed = 0;
            for (std::size_t pass = 0; pass != passes; ++pass) {
              const stopwatch watch;
              for (const u64& key : keys) all->map.insert(key, key);
              elapsed += watch.elapsed();
              for (const u64& key : keys) all->map.erase(key);
              all->end_of_pass.resume();
            }
            return std::vector{elapsed / static_cast<double>(passes * keys.size())};
          }};
}

template <class Map>
contestant waits<Map>::fan_out(std::string name, const std::vector<u64>& keys, std::size_t width) {
  return {std::move(name), [&keys, width, map = std::make_shared<Map>()] {
            const std::size_t key_count = fan_out_waiters / width;
            double registering = 0, waking = 0;
            for (std::size_t pass = 0; pass != fan_out_passes; ++pass) {
              const stopwatch watch;
              for (std::size_t n = 0; n != key_count; ++n) {
                for (std::size_t i = 0; i != width; ++i) wait_recycled(*map, keys[n]);
              }
              registering += watch.elapsed();
              const stopwatch second_watch;
              for (std::size_t n = 0; n != key_count; ++n) map->insert(keys[n], n);
              waking += second_watch.elapsed();
              for (std::size_t n = 0; n != key_count; ++n) map->erase(keys[n]);
            }
            const double waiters = static_cast<double>(fan_out_passes * key_count * width);
            return std::vector{registering / waiters, waking / waiters};
          }};
}

template <class Map>
contestant waits<Map>::dropping(std::string name) {
  return {std::move(name), [map = std::make_shared<Map>()] {
            const double few = time_drops(*map, 1000, 50);
            const double many = time_drops(*map, 100'000, 1);
            return std::vector{few, many, many / few};
          }};
}

template <class Map>
contestant waits<Map>::chain(std::string name, const std::vector<u64>& keys) {
  return {std::move(name), [&keys] {
            const std::size_t links = keys.size() - 1;
            Map map;
            for (std::size_t i = 0; i != links; ++i) link(map, keys[i], keys[i + 1]);
            const stopwatch watch;
            map.insert(keys[0], 0);
            return std::vector{watch.elapsed() / static_cast<double>(links)};
          }};
}

template <class Map>
contestant waits<Map>::chain_stack(std::string name, const std::vector<u64>& keys, std::size_t few,
                                   std::size_t many) {
  return {std::move(name), [&keys, few, many] {
            const double grown = static_cast<double>(stack_of_chain<Map>(keys, many)) -
                                 static_cast<double>(stack_of_chain<Map>(keys, few));
            return std::vector{grown / static_cast<double>(many - few)};
          }};
}

}  // namespace bench
