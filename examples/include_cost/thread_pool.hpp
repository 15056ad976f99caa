// thread_pool: runs coroutines on a fixed number of threads, and knows when none of them can run.
#pragma once

#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace include_cost {

class thread_pool {
 public:
  explicit thread_pool(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  thread_pool(const thread_pool&) = delete;
  thread_pool& operator=(const thread_pool&) = delete;

  // Runs what is queued, then joins the threads.
  ~thread_pool() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // Resumes `coroutine` on one of the threads.
  void post(std::coroutine_handle<> coroutine) {
    {
      const std::lock_guard lock(mutex_);
      runnable_.push_back(coroutine);
    }
    changed_.notify_one();
  }

  // `co_await pool.schedule()` continues on one of the threads.
  auto schedule() noexcept {
    class awaiter {
     public:
      explicit awaiter(thread_pool& pool) noexcept : pool_(pool) {}
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> coroutine) const { pool_.post(coroutine); }
      void await_resume() const noexcept {}

     private:
      thread_pool& pool_;
    };
    return awaiter(*this);
  }

  // Waits until the pool is quiescent: nothing is queued and nothing runs. If only coroutines of
  // the pool post to it, then it stays so, and whatever is suspended waits in vain.
  void wait_idle() {
    std::unique_lock lock(mutex_);
    idle_.wait(lock, [this] { return idle(); });
  }
  // Gives up after `timeout`, and returns false.
  bool wait_idle_for(std::chrono::milliseconds timeout) {
    std::unique_lock lock(mutex_);
    return idle_.wait_for(lock, timeout, [this] { return idle(); });
  }

 private:
  bool idle() const { return runnable_.empty() && running_ == 0; }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return !runnable_.empty() || stopping_; });
      if (runnable_.empty()) return;
      const std::coroutine_handle<> coroutine = runnable_.front();
      runnable_.pop_front();
      ++running_;
      lock.unlock();
      coroutine.resume();
      lock.lock();
      --running_;
      if (idle()) idle_.notify_all();
    }
  }

  std::mutex mutex_;  // protects all but threads_
  std::condition_variable changed_;
  std::condition_variable idle_;
  std::deque<std::coroutine_handle<>> runnable_;
  std::size_t running_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

// The resumer of a wait_map whose waiters shall continue on a pool.
class resume_on_pool {
 public:
  explicit resume_on_pool(thread_pool& pool) noexcept : pool_(&pool) {}
  void operator()(std::coroutine_handle<> coroutine) const { pool_->post(coroutine); }

 private:
  thread_pool* pool_;
};

// A coroutine nobody awaits: it starts at once and frees itself at its end.
struct detached_task {
  struct promise_type {
    detached_task get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() const noexcept { std::terminate(); }
  };
};

}  // namespace include_cost
