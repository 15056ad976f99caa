// Two threads, each an executor that spins for the next coroutine, pass a turn to each other
// through the map.
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>
#include <wait_map/wait_map.hpp>

#include "asio_channel.hpp"
#include "coroutine.hpp"
#include "hand_rolled.hpp"
#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"
#include "team.hpp"

namespace bench {
namespace {

constexpr std::size_t hops = 20'000;

// What each thread looks at: the next coroutine to run, or null.
struct alignas(64) mailbox {
  std::atomic<void*> frame{nullptr};
};

mailbox mailboxes[2];
std::atomic<std::size_t> finished;
thread_local std::size_t this_index;

// The one who ends a wait is always the other thread than the one that waits.
void post_to_other(std::coroutine_handle<> frame) {
  mailboxes[1 - this_index].frame.store(frame.address(), std::memory_order_release);
}

struct post_resumer {
  void operator()(std::coroutine_handle<> frame) const noexcept { post_to_other(frame); }
};

struct posting_policy : waitmap::default_policy {
  using resumer = post_resumer;
};

void run_executor(std::size_t index) {
  while (finished.load(std::memory_order_relaxed) != 2) {
    void* const frame = mailboxes[index].frame.load(std::memory_order_acquire);
    if (frame == nullptr) continue;
    mailboxes[index].frame.store(nullptr, std::memory_order_relaxed);
    std::coroutine_handle<>::from_address(frame).resume();
  }
}

using our_map = waitmap::wait_map<u64, u64, waitmap::default_hash<u64>, waitmap::default_equal<u64>,
                                  posting_policy>;
using hand_rolled_u64 = hand_rolled_map<u64, u64, post_resumer>;

// Thread 0 inserts 0, 2, 4.. and waits for 1, 3, 5..; thread 1 the other way round. What was
// received is erased.
template <class Map>
detached player(Map& map, const std::vector<u64>& keys, std::size_t index) {
  for (std::size_t turn = 0; turn != hops; ++turn) {
    if (turn % 2 == index) {
      map.insert(keys[turn], turn);
    } else {
      auto value = co_await map.wait(keys[turn]);
      keep(*value);
      map.erase(keys[turn]);
    }
  }
  finished.fetch_add(1, std::memory_order_relaxed);
}

template <class Map>
contestant through_map(std::string name, const std::vector<u64>& keys, team& both) {
  return {std::move(name), [&keys, &both] {
            Map map;
            finished = 0;
            const double elapsed = both.run([&](std::size_t index) {
              this_index = index;
              player(map, keys, index);
              run_executor(index);
            });
            return std::vector{elapsed / hops};
          }};
}

// The same two mailboxes and nothing else.
contestant raw(team& both) {
  return {"raw ping-pong", [&both] {
            int token = 0;
            mailboxes[0].frame = &token;
            mailboxes[1].frame = nullptr;
            const double elapsed = both.run([&](std::size_t index) {
              for (std::size_t turn = 0; turn != hops / 2; ++turn) {
                while (mailboxes[index].frame.load(std::memory_order_acquire) == nullptr) {
                }
                mailboxes[index].frame.store(nullptr, std::memory_order_relaxed);
                mailboxes[1 - index].frame.store(&token, std::memory_order_release);
              }
            });
            mailboxes[0].frame = nullptr;
            return std::vector{elapsed / hops};
          }};
}

asio::awaitable<void> channel_player(channel_map<u64, u64>& sending,
                                     channel_map<u64, u64>& receiving, const std::vector<u64>& keys,
                                     std::size_t index) {
  for (std::size_t turn = 0; turn != hops; ++turn) {
    if (turn % 2 == index) {
      sending.insert(keys[turn], turn);
    } else {
      const u64 value = co_await receiving.wait(keys[turn]);
      keep(value);
      receiving.erase(keys[turn]);
    }
  }
  finished.fetch_add(1, std::memory_order_relaxed);
}

// A channel resumes on its own context, so each direction has channels of the receiver's.
contestant through_channels(const std::vector<u64>& keys, team& both) {
  return {"asio channel", [&keys, &both] {
            asio::io_context contexts[2];
            channel_map<u64, u64> to_first(contexts[0]), to_second(contexts[1]);
            finished = 0;
            const double elapsed = both.run([&](std::size_t index) {
              auto& sending = index == 0 ? to_second : to_first;
              auto& receiving = index == 0 ? to_first : to_second;
              const auto work = asio::make_work_guard(contexts[index]);
              asio::co_spawn(contexts[index], channel_player(sending, receiving, keys, index),
                             asio::detached);
              while (finished.load(std::memory_order_relaxed) != 2) contexts[index].poll();
            });
            return std::vector{elapsed / hops};
          }};
}

}  // namespace

void run_hop(table& to) {
  const auto keys = make_keys<u64>(hops);
  team both(2);
  to.race({{.name = "cross-thread hop",
            .reference = "raw ping-pong",
            .kind = bound::ratio,
            .limit = 8}},
          {raw(both), through_map<our_map>(ours, keys, both),
           through_map<hand_rolled_u64>("hand-rolled", keys, both), through_channels(keys, both)});
}

}  // namespace bench
