// wait -> insert -> resume: one waiter per key, fan-out, dropped waits, a chain.
#include <algorithm>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>
#include <wait_map/wait_map.hpp>

#include "asio_channel.hpp"
#include "coroutine.hpp"
#include "floor.hpp"
#include "hand_rolled.hpp"
#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"

namespace bench {
namespace {

using our_map = waitmap::wait_map<u64, u64>;
using floor_u64 = floor_map<u64, u64>;
using hand_rolled_u64 = hand_rolled_map<u64, u64>;
using channel_u64 = channel_map<u64, u64>;

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

detached park_once(std::coroutine_handle<>& where) {
  co_await park(where);
  ++sum;
}

constexpr std::size_t passes = 200;

// A new coroutine per key.
template <class Map>
contestant new_coroutines(std::string name, const std::vector<u64>& keys) {
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

contestant bare_coroutines(const std::vector<u64>& keys) {
  return {"bare coroutines",
          [frames = std::vector<std::coroutine_handle<>>(keys.size())]() mutable {
            const stopwatch watch;
            for (std::size_t pass = 0; pass != passes; ++pass) {
              for (auto& place : frames) park_once(place);
              for (auto& place : frames) place.resume();
            }
            return std::vector{watch.elapsed() / static_cast<double>(passes * frames.size())};
          }};
}

asio::awaitable<void> receive_once(channel_u64& map, u64 key) { sum += co_await map.wait(key); }

void run_ready(asio::io_context& context) {
  context.restart();
  context.poll();
}

contestant channels(const std::vector<u64>& keys) {
  return {"asio channel", [&keys] {
            constexpr std::size_t few = passes / 10;
            asio::io_context context(1);
            channel_u64 map(context);
            double elapsed = 0;
            for (std::size_t pass = 0; pass != few; ++pass) {
              const stopwatch watch;
              for (const u64 key : keys) {
                asio::co_spawn(context, receive_once(map, key), asio::detached);
                run_ready(context);
                map.insert(key, key);
                run_ready(context);
              }
              elapsed += watch.elapsed();
              for (const u64 key : keys) map.erase(key);
            }
            return std::vector{elapsed / static_cast<double>(few * keys.size())};
          }};
}

// One coroutine that waits for every key in turn.
template <class Map>
contestant one_coroutine(std::string name, const std::vector<u64>& keys) {
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

constexpr std::size_t fan_out_waiters = 100'000, fan_out_passes = 4;

// `width` waiters on each of some keys: a hundred thousand coroutines in all.
template <class Map>
contestant fan_out(std::string name, const std::vector<u64>& keys, std::size_t width) {
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

// Every one of `count` waiters on one key is destroyed, in random order.
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

template <class Map>
contestant dropping(std::string name) {
  return {std::move(name), [map = std::make_shared<Map>()] {
            const double few = time_drops(*map, 1000, 50);
            const double many = time_drops(*map, 100'000, 1);
            return std::vector{few, many, many / few};
          }};
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
contestant chain(std::string name, const std::vector<u64>& keys) {
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
contestant chain_stack(std::string name, const std::vector<u64>& keys, std::size_t few,
                       std::size_t many) {
  return {std::move(name), [&keys, few, many] {
            const double grown = static_cast<double>(stack_of_chain<Map>(keys, many)) -
                                 static_cast<double>(stack_of_chain<Map>(keys, few));
            return std::vector{grown / static_cast<double>(many - few)};
          }};
}

}  // namespace

void run_wait(table& to) {
  const auto keys = make_keys<u64>(1000);
  to.race({{.name = "wait-insert-resume 1e3: new coroutine per key",
            .kind = bound::ratio,
            .limit = 1.3}},
          {new_coroutines<floor_u64>("floor", keys), new_coroutines<our_map>(ours, keys),
           new_coroutines<hand_rolled_u64>("hand-rolled", keys), bare_coroutines(keys),
           channels(keys)});
  to.race({{.name = "wait-insert-resume 1e3: long-lived coroutine",
            .kind = bound::ratio,
            .limit = 1.7}},
          {one_coroutine<floor_u64>("floor", keys), one_coroutine<our_map>(ours, keys),
           one_coroutine<hand_rolled_u64>("hand-rolled", keys)});
}

void run_fan_out(table& to) {
  const auto keys = make_keys<u64>(fan_out_waiters);
  for (const std::size_t width : {64, 2}) {
    const std::string name = "fan-out " + std::to_string(width) + " per waiter: ";
    to.race({{.name = name + "register", .kind = bound::ratio, .limit = width == 64 ? 1.4 : 1.0},
             {.name = name + "wake", .kind = bound::ratio, .limit = width == 64 ? 1.25 : 1.15}},
            {fan_out<floor_u64>("floor", keys, width), fan_out<our_map>(ours, keys, width),
             fan_out<hand_rolled_u64>("hand-rolled", keys, width)});
  }
}

void run_drop(table& to) {
  to.race({{.name = "drop one of 1e3 waiters"},
           {.name = "drop one of 1e5 waiters", .kind = bound::ratio, .limit = 1.0},
           {.name = "drop: growth from 1e3 to 1e5",
            .unit = "times",
            .kind = bound::ratio,
            .limit = 1.25}},
          {dropping<floor_u64>("floor"), dropping<our_map>(ours),
           dropping<hand_rolled_u64>("hand-rolled")});
}

void run_chain(table& to) {
  const auto keys = make_keys<u64>(1'000'001);
  to.race({{.name = "chain of 1e6: run per link", .kind = bound::ratio, .limit = 1.1}},
          {chain<floor_u64>("floor", keys), chain<our_map>(ours, keys)});
  to.race({{.name = "chain: stack per link", .unit = "B", .kind = bound::figure, .limit = 0}},
          {chain_stack<our_map>(ours, keys, 1000, 1'000'000),
           // Resumes nested; a million links would crash.
           chain_stack<hand_rolled_u64>("hand-rolled", keys, 100, 1000)});
}

}  // namespace bench
