// Plain threads that wait: how soon one goes on, and how long those that are woken hold up the others.
#include <absl/container/flat_hash_map.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"
#include "team.hpp"
#include "timed_mutex.hpp"

namespace bench {
namespace {

// What one writes today.
class waiting_table {
 public:
  void insert(u64 key, u64 value) {
    {
      const std::lock_guard lock(mutex_);
      values_.emplace(key, value);
    }
    arrived_.notify_all();
  }
  u64 blocking_wait(u64 key) {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (const auto found = values_.find(key); found != values_.end()) return found->second;
      arrived_.wait(lock);
    }
  }
  void erase(u64 key) {
    const std::lock_guard lock(mutex_);
    values_.erase(key);
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  absl::flat_hash_map<u64, u64> values_;
};

// Two threads pass a turn to each other. What was received is erased.
template <class Map>
contestant passing_turns(std::string name, const std::vector<u64>& keys, team& both) {
  return {std::move(name), [&keys, &both] {
            Map map;
            const double elapsed = both.run([&](std::size_t index) {
              for (std::size_t turn = 0; turn != keys.size(); ++turn) {
                if (turn % 2 == index) {
                  map.insert(keys[turn], turn);
                } else {
                  keep(map.blocking_wait(keys[turn]));
                  map.erase(keys[turn]);
                }
              }
            });
            return std::vector{elapsed / static_cast<double>(keys.size())};
          }};
}

contestant waking(std::size_t threads) {
  return {ours, [threads] {
            std::vector<double> all;
            for (int n = 0; n != 20; ++n) {
              waitmap::wait_map<u64, u64, waitmap::default_hash<u64>, waitmap::default_equal<u64>,
                                timed_policy>
                  map(waitmap::options{.shards = 1});
              std::vector<std::thread> waiting;
              for (std::size_t t = 0; t != threads; ++t)
                waiting.emplace_back([&] { keep(map.blocking_wait(1)); });
              while (map.waiting() != threads) std::this_thread::yield();
              std::this_thread::sleep_for(std::chrono::milliseconds(1));  // they fall asleep
              const double before = timed_mutex::held;
              map.insert(1, 1);
              all.push_back(timed_mutex::held - before);
              for (std::thread& each : waiting) each.join();
            }
            return std::vector{median_of(std::move(all))};
          }};
}

}  // namespace

void run_threads(table& to) {
  const auto keys = make_keys<u64>(20'000);
  team both(2);
  to.race({{.name = "hand-off between two blocked threads",
            .reference = "lock condition and table",
            .kind = bound::ratio,
            .limit = 1.2}},
          {passing_turns<waiting_table>("lock condition and table", keys, both),
           passing_turns<waitmap::wait_map<u64, u64>>(ours, keys, both)});
  for (const std::size_t threads : {1, 8, 32}) {
    to.race({{.name = "a shard is held by an insert that wakes blocked threads: " +
                      std::to_string(threads),
              .kind = bound::figure,
              .limit = 2000}},
            {waking(threads)});
  }
}

}  // namespace bench
