// thread_parker: where a plain thread sleeps until its waiter's outcome is decided.
#pragma once

#include <condition_variable>
#include <mutex>

namespace waitmap::detail {

class thread_parker {
 public:
  // Runs decide() and wakes the thread. Called under a shard's lock. The thread cannot end the life
  // of this object before the call has left it: it needs the mutex to see what decide() wrote.
  template <class Decide>
  void unpark(Decide&& decide) noexcept {
    const std::lock_guard lock(mutex_);
    decide();
    decided_.notify_one();
  }

  template <class Decided>
  void park(Decided&& decided) {
    std::unique_lock lock(mutex_);
    decided_.wait(lock, decided);
  }
  // Returns: whether it was decided in time.
  template <class TimePoint, class Decided>
  bool park_until(const TimePoint& deadline, Decided&& decided) {
    std::unique_lock lock(mutex_);
    return decided_.wait_until(lock, deadline, decided);
  }

 private:
  std::mutex mutex_;
  std::condition_variable decided_;
};

}  // namespace waitmap::detail
