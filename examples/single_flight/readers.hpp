// readers: a queue of coroutines that want to read, and the threads that run them.
#pragma once

#include <coroutine>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace single_flight {

class readers {
 public:
  // `co_await readers.turn()` continues on one of the threads.
  auto turn() {
    struct awaiter {
      explicit awaiter(readers& in) : queue(in) {}
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<> self) { queue.add(self); }
      void await_resume() noexcept {}
      readers& queue;
    };
    return awaiter(*this);
  }

  // Runs what is queued, and what is queued meanwhile, on that many threads.
  void run(int count) {
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([this] { work(); });
    for (std::thread& each : threads) each.join();
  }

 private:
  void add(std::coroutine_handle<> waiting) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(waiting);
  }

  void work() {
    for (;;) {
      std::coroutine_handle<> next;
      {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty()) return;
        next = waiting_.front();
        waiting_.pop_front();
      }
      next.resume();
    }
  }

  std::mutex mutex_;
  std::deque<std::coroutine_handle<>> waiting_;  // protected by mutex_
};

}  // namespace single_flight
