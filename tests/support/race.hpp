// race: runs functions at the same time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

namespace support {

// A thread that runs what it is given, one function after the other: to start one costs more than most races.
class runner {
 public:
  runner() : thread_([this] { run(); }) {}
  runner(const runner&) = delete;
  ~runner() {  // when nothing runs
    start(nullptr);
    thread_.join();
  }

  // An empty function ends the thread.
  void start(std::function<void()> function) {
    const std::lock_guard lock(mutex_);
    function_ = std::move(function);
    is_running_ = true;
    changed_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !is_running_; });
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return is_running_; });
      if (!function_) return;
      lock.unlock();
      function_();
      lock.lock();
      is_running_ = false;
      changed_.notify_one();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::function<void()> function_;
  bool is_running_ = false;
  std::thread thread_;  // the last: it uses the others
};

// Runs each function on a thread of its own, all starting together; returns when all have returned.
// In them: nothing of Catch2, which is not made for threads. Note what happened and check it
// afterwards.
template <class... Functions>
void race(Functions... functions) {
  static thread_local std::deque<runner> team;
  while (team.size() < sizeof...(Functions)) team.emplace_back();

  std::atomic<std::size_t> missing{sizeof...(Functions)};
  const auto start = [&missing](runner& on, auto& function) {
    on.start([&missing, &function] {
      missing.fetch_sub(1);
      while (missing.load() != 0) std::this_thread::yield();
      function();
    });
  };
  auto next = team.begin();
  (start(*next++, functions), ...);
  for (runner& each : team) each.wait();
}

}  // namespace support
