// wait -> insert -> resume: one waiter per key, fan-out, dropped waits, a chain.
#include <coroutine>
#include <cstdint>
#include <functional>
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
#include "waits.hpp"

namespace bench {
namespace {

using our_map = waitmap::wait_map<u64, u64>;
using our_map_of_one_thread =
    waitmap::wait_map<u64, u64, waitmap::default_hash<u64>, waitmap::default_equal<u64>,
                      waitmap::single_threaded_policy>;
using floor_u64 = floor_map<u64, u64>;
using locked_floor_u64 = floor_map<u64, u64, waitmap::word_mutex>;
using hand_rolled_u64 = hand_rolled_map<u64, u64>;
using channel_u64 = channel_map<u64, u64>;

u64 sum;  // of all the values that receivers got

detached park_once(std::coroutine_handle<>& where) {
  co_await park(where);
  ++sum;
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

}  // namespace

void run_wait(table& to) {
  const auto keys = make_keys<u64>(1000);
  to.race({{.name = "wait-insert-resume 1e3: new coroutine per key",
            .kind = bound::ratio,
            .limit = 1.3}},
          {waits<floor_u64>::new_coroutines("floor", keys),
           waits<locked_floor_u64>::new_coroutines("locked floor", keys),
           waits<our_map>::new_coroutines(ours, keys),
           waits<our_map_of_one_thread>::new_coroutines(of_one_thread, keys),
           waits<hand_rolled_u64>::new_coroutines("hand-rolled", keys), bare_coroutines(keys),
           channels(keys)});
  to.race({{.name = "wait-insert-resume 1e3: long-lived coroutine",
            .kind = bound::ratio,
            .limit = 1.7}},
          {waits<floor_u64>::one_coroutine("floor", keys),
           waits<locked_floor_u64>::one_coroutine("locked floor", keys),
           waits<our_map>::one_coroutine(ours, keys),
           waits<our_map_of_one_thread>::one_coroutine(of_one_thread, keys),
           waits<hand_rolled_u64>::one_coroutine("hand-rolled", keys)});
}

void run_fan_out(table& to) {
  const auto keys = make_keys<u64>(fan_out_waiters);
  for (const std::size_t width : {64, 2}) {
    const std::string name = "fan-out " + std::to_string(width) + " per waiter: ";
    to.race({{.name = name + "register", .kind = bound::ratio, .limit = width == 64 ? 1.4 : 1.0},
             {.name = name + "wake", .kind = bound::ratio, .limit = width == 64 ? 1.25 : 1.15}},
            {waits<floor_u64>::fan_out("floor", keys, width),
             waits<locked_floor_u64>::fan_out("locked floor", keys, width),
             waits<our_map>::fan_out(ours, keys, width),
             waits<our_map_of_one_thread>::fan_out(of_one_thread, keys, width),
             waits<hand_rolled_u64>::fan_out("hand-rolled", keys, width)});
  }
}

void run_drop(table& to) {
  to.race({{.name = "drop one of 1e3 waiters"},
           {.name = "drop one of 1e5 waiters", .kind = bound::ratio, .limit = 1.0},
           {.name = "drop: growth from 1e3 to 1e5",
            .unit = "times",
            .kind = bound::ratio,
            .limit = 1.25}},
          {waits<floor_u64>::dropping("floor"), waits<locked_floor_u64>::dropping("locked floor"),
           waits<our_map>::dropping(ours), waits<our_map_of_one_thread>::dropping(of_one_thread),
           waits<hand_rolled_u64>::dropping("hand-rolled")});
}

void run_chain(table& to) {
  const auto keys = make_keys<u64>(1'000'001);
  to.race({{.name = "chain of 1e6: run per link", .kind = bound::ratio, .limit = 1.1}},
          {waits<floor_u64>::chain("floor", keys),
           waits<locked_floor_u64>::chain("locked floor", keys), waits<our_map>::chain(ours, keys),
           waits<our_map_of_one_thread>::chain(of_one_thread, keys)});
  to.race({{.name = "chain: stack per link", .unit = "B", .kind = bound::figure, .limit = 0}},
          {waits<our_map>::chain_stack(ours, keys, 1000, 1'000'000),
           // Resumes nested; a million links would crash.
           waits<hand_rolled_u64>::chain_stack("hand-rolled", keys, 100, 1000)});
}

}  // namespace bench
