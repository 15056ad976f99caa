// manual_executor: queues the coroutines it is handed, from any thread, and runs them when it is
// cranked.
#pragma once

#include <coroutine>
#include <cstddef>
#include <deque>
#include <mutex>

#include <wait_map/wait_map.hpp>

namespace support {

class manual_executor {
 public:
  // What a map is given: copies of it post to this executor.
  struct resumer {
    manual_executor* executor;
    void operator()(std::coroutine_handle<> coroutine) const { executor->post(coroutine); }
  };
  resumer get_resumer() noexcept { return {this}; }

  void post(std::coroutine_handle<> coroutine) {
    const std::lock_guard lock(mutex_);
    queue_.push_back(coroutine);
  }

  std::size_t queued() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
  }

  // Resumes the oldest coroutine, on the calling thread. Returns false when there is none.
  bool run_one() {
    std::unique_lock lock(mutex_);
    if (queue_.empty()) return false;
    const std::coroutine_handle<> oldest = queue_.front();
    queue_.pop_front();
    lock.unlock();
    oldest.resume();
    return true;
  }
  // Resumes until there is none, those that are posted meanwhile too. Returns their number.
  std::size_t run_all() {
    std::size_t resumed = 0;
    while (run_one()) ++resumed;
    return resumed;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<std::coroutine_handle<>> queue_;
};

struct manual_policy : waitmap::default_policy {
  using resumer = manual_executor::resumer;
};

template <class Key, class Value>
using manual_map = waitmap::wait_map<Key, Value, waitmap::default_hash<Key>,
                                     waitmap::default_equal<Key>, manual_policy>;

}  // namespace support
