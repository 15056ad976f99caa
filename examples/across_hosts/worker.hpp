// worker: one of the processes that share keys. It knows the others by their keys only.
#pragma once

#include <atomic>
#include <chrono>
#include <coroutine>
#include <exception>
#include <future>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <wait_map/result.hpp>

#include "plan.hpp"
#include "shared_map.hpp"

namespace across_hosts {

struct background {  // starts at once, frees itself at its end
  struct promise_type {
    background get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// Counts waits, from several threads, and says when the last coroutine has ended.
class tally {
 public:
  void coroutine_begins() { ++coroutines_; }
  void coroutine_ends() {
    if (--coroutines_ == 0) all_ended_.set_value();
  }
  void wait_begins() { ++begun_; }
  // Returns: whether there is a value.
  bool wait_ends(const std::string& key, const waitmap::wait_outcome<std::string>& value) {
    right_ += value && *value == plan::value_of(key);
    given_up_ += value.status() == waitmap::wait_status::closed;
    return value.has_value();
  }

  // For the thread that made it, when it has begun all. Returns: whether they end in time.
  bool wait_for_all(std::chrono::minutes limit) {
    coroutine_ends();
    return all_ended_.get_future().wait_for(limit) == std::future_status::ready;
  }

  report result(const shared_map& keys) const {
    return {begun_, right_, given_up_, keys.gets(), keys.reconnects()};
  }

 private:
  std::atomic<int> coroutines_ = 1;  // the thread that begins them counts as one
  std::atomic<int> begun_ = 0;
  std::atomic<int> right_ = 0;
  std::atomic<int> given_up_ = 0;
  std::promise<void> all_ended_;
};

inline background wait_once(shared_map& keys, std::string key, tally& seen) {
  seen.coroutine_begins();
  seen.wait_begins();
  auto value = co_await keys.wait(key);
  seen.wait_ends(key, value);
  seen.coroutine_ends();
}

// Waits for one key after the other. It is the first to ask for some of them.
inline background walk(shared_map& keys, const plan& all, tally& seen) {
  seen.coroutine_begins();
  bool more = true;
  for (int i = 0; more && i != all.keys; ++i) {
    const std::string key = all.key(i);
    seen.wait_begins();
    auto value = co_await keys.wait(key);
    more = seen.wait_ends(key, value);
  }
  seen.coroutine_ends();
}

inline background set_after(shared_map& keys, std::string before, std::string key, tally& seen) {
  seen.coroutine_begins();
  seen.wait_begins();
  auto value = co_await keys.wait(before);
  const bool found = seen.wait_ends(before, value);
  if (found) keys.set(key, plan::value_of(key));
  seen.coroutine_ends();
}

inline std::string waited_for(const shared_map& keys) {
  std::string some;
  int count = 0;
  keys.values().for_each_waiting([&](const std::string& key, const auto& waits) {
    if (++count <= 3) some += key + " (" + std::to_string(waits.size()) + " waits), ";
  });
  return some + "in all " + std::to_string(count) + " keys";
}

// Returns: nullopt where a wait has no end; standard error then says which.
inline std::optional<report> work(const plan& all, int number, const address& server,
                                  std::chrono::milliseconds patience) {
  tally seen;
  shared_map keys(server, patience);
  {
    const auto begin = [&](int from, int step) {  // from two threads, which meet at the keys
      for (int i = from; i >= 0 && i < all.keys; i += step) {
        for (int n = step < 0; n < all.waits; n += 2) wait_once(keys, all.key(i), seen);
      }
    };
    const std::jthread forwards([&] { begin(0, 2); });
    const std::jthread backwards([&] { begin((all.keys - 1) / 2 * 2, -2); });
  }
  for (int n = 0; n != all.waits; ++n) walk(keys, all, seen);
  for (int i = 1; i != all.keys; ++i) {
    if (all.worker_sets(i, number)) set_after(keys, all.key(i - 1), all.key(i), seen);
  }
  std::cout << "ready" << std::endl;

  if (!seen.wait_for_all(longest_scene)) {
    std::cerr << "across_hosts: worker " << number << " still waits for " << waited_for(keys)
              << '\n';
    return std::nullopt;
  }
  return seen.result(keys);
}

}  // namespace across_hosts
