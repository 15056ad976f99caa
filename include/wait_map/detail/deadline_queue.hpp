// deadline_queue: what a timer, its tokens and its callbacks share: the armed deadlines, their lock
// and their thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include <wait_map/detail/deadline_heap.hpp>

namespace waitmap::detail {

// A callback that a queue runs once, when its time has come.
//
//   idle:    not linked. Before arm(), after disarm(), and once its turn has come.
//   armed:   linked. Its owner destroys it by way of disarm() only.
//   running: not linked, its function runs with no lock held. disarm() on another thread waits for
//            its end; on the thread that runs it, disarm() returns at once, and nothing touches it
//            after.
template <class Clock>
struct deadline_callback : deadline_node<typename Clock::time_point> {
  using time_point = typename Clock::time_point;

  bool armed = false;  // guarded by the queue's lock
  virtual void run() noexcept = 0;
  // Asked when `when` has come. Returns: a later time, where another clock says that it is too
  // early.
  virtual std::optional<time_point> put_off() noexcept = 0;

 protected:
  ~deadline_callback() = default;
};

template <class Clock>
class deadline_queue : public std::enable_shared_from_this<deadline_queue<Clock>> {
 public:
  using time_point = typename Clock::time_point;
  using callback = deadline_callback<Clock>;

  // Throws: std::system_error where `start` is asked for a thread and there is none; nothing is
  // armed then.
  template <class Start>
  void arm(callback& armed, time_point when, Start&& start) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (!started_) {
      start(*this);
      started_ = true;
    }
    armed.when = when;
    push(armed);
  }

  void disarm(callback& gone) noexcept {
    std::unique_lock lock(mutex_);
    if (std::exchange(gone.armed, false)) {
      if (closed_) return;
      heap_.remove(gone);
      --armed_;
    } else if (running_ == &gone) {
      if (runner_ == std::this_thread::get_id()) {
        running_ = nullptr;
      } else {
        ended_.wait(lock, [&] { return running_ != &gone; });
      }
    }
  }

  // Runs what is due, on the calling thread. While another call does so, it does nothing.
  // Returns: when the next is due.
  std::optional<time_point> run_due() {
    std::unique_lock lock(mutex_);
    return run_due(lock);
  }

  void start_thread() {
    thread_ = std::thread([self = this->shared_from_this()] { self->run_until_closed(); });
  }

  // From now on nothing fires. Waits for the callback that runs, unless called from it.
  void close() noexcept {
    std::unique_lock lock(mutex_);
    closed_ = true;
    heap_.clear();
    armed_ = 0;
    wake_.notify_one();
    std::thread thread = std::move(thread_);
    if (thread.joinable() && thread.get_id() == std::this_thread::get_id()) {
      thread.detach();  // it owns a part of this queue, and ends when the callback has returned
      return;
    }
    if (runner_ != std::this_thread::get_id()) {
      ended_.wait(lock, [&] { return runner_ == std::thread::id(); });
    }
    lock.unlock();
    if (thread.joinable()) thread.join();
  }

  std::size_t armed() const {
    const std::lock_guard lock(mutex_);
    return armed_;
  }

 private:
  void push(callback& added) noexcept {
    added.armed = true;
    ++armed_;
    heap_.push(added);
    if (heap_.first() == &added) wake_.notify_one();
  }

  std::optional<time_point> run_due(std::unique_lock<std::mutex>& lock) {
    if (runner_ != std::thread::id()) return std::nullopt;
    runner_ = std::this_thread::get_id();
    while (heap_.first() != nullptr && !(Clock::now() < heap_.first()->when)) {
      callback& due = static_cast<callback&>(*heap_.first());
      heap_.remove(due);
      due.armed = false;
      --armed_;
      if (const auto later = due.put_off()) {
        due.when = *later;
        push(due);
        continue;
      }
      running_ = &due;
      lock.unlock();
      due.run();  // may destroy it, or the timer
      lock.lock();
      running_ = nullptr;
      ended_.notify_all();
    }
    runner_ = std::thread::id();
    ended_.notify_all();
    if (heap_.first() == nullptr) return std::nullopt;
    return heap_.first()->when;
  }

  void run_until_closed() {
    std::unique_lock lock(mutex_);
    while (!closed_) {
      const auto next = run_due(lock);
      if (closed_) return;
      if (next) {
        wake_.wait_until(lock, *next);
      } else {
        wake_.wait(lock);
      }
    }
  }

  mutable std::mutex mutex_;
  std::condition_variable wake_;   // for the thread: an earlier deadline, or the end
  std::condition_variable ended_;  // for disarm() and close(): a callback has returned
  deadline_heap<time_point> heap_;
  std::size_t armed_ = 0;
  callback* running_ = nullptr;
  std::thread::id runner_;
  std::thread thread_;
  bool started_ = false;
  bool closed_ = false;
};

}  // namespace waitmap::detail
