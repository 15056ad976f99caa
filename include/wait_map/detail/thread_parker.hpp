// thread_parker: where a plain thread sleeps until its waiter's outcome is decided.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace waitmap::detail {

// How long to sleep until a deadline, and whether it has passed. A sleep is short enough to be counted in
// nanoseconds, and to see a clock that is set; who wakes looks again.
struct sleep_span {
  std::chrono::nanoseconds length;
  bool passed;
};

// Of whatever clock and representation: infinite, not a number (which has passed), or so far off that the
// difference overflows, since that is looked at in floating point first.
template <class Clock, class Duration>
sleep_span span_until(const std::chrono::time_point<Clock, Duration>& deadline) {
  using namespace std::chrono_literals;
  using seconds = std::chrono::duration<double>;
  constexpr auto longest = Clock::is_steady ? std::chrono::nanoseconds(1h) : 1s;
  const auto now = Clock::now();
  const double left =
      seconds(deadline.time_since_epoch()).count() - seconds(now.time_since_epoch()).count();
  if (left > seconds(24h).count()) return {longest, false};
  // From here on both are near enough to now for exact arithmetic. Not a number is neither.
  if (!(left > -seconds(24h).count()) || deadline <= now) return {0ns, true};
  const auto rest = deadline - now;
  if (rest >= longest) return {longest, false};
  return {std::chrono::ceil<std::chrono::nanoseconds>(rest), false};
}

class thread_parker {
 public:
  // Runs decide() and wakes the thread. Called without the shard's lock. The thread cannot end the life
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
    while (!decided()) {
      const sleep_span span = span_until(deadline);
      if (span.passed) return false;
      decided_.wait_for(lock, span.length);
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable decided_;
};

}  // namespace waitmap::detail
