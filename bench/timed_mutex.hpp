// timed_mutex: a word_mutex that adds up for how long it is held.
#pragma once

#include <wait_map/mutex.hpp>
#include <wait_map/policy.hpp>

#include "harness.hpp"

namespace bench {

class timed_mutex {
 public:
  void lock() {
    mutex_.lock();
    since_ = clock::now();
  }
  void unlock() {
    held += nanoseconds_since(since_);
    mutex_.unlock();
  }
  static inline double held = 0;  // all of them together, one at a time

 private:
  waitmap::word_mutex mutex_;
  clock::time_point since_;
};

struct timed_policy : waitmap::default_policy {
  using mutex = timed_mutex;
};

}  // namespace bench
