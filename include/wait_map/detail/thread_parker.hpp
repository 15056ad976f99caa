// thread_parker: where a plain thread sleeps until its waiter's outcome is decided: word_parker, or condition_parker.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <type_traits>

#include <wait_map/detail/kernel.hpp>
#include <wait_map/detail/processor.hpp>

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

// Whether it has paid lately that a thread looks for a while before it sleeps: where the other thread runs meanwhile,
// it goes on at once instead of after some microseconds; where processors are few, it keeps the other from running.
class spin_experience {
 public:
  // Asked before each wait. Where it did not pay, it is tried now and then.
  bool should_spin() noexcept {
    // relaxed, as all here: a guess
    return balance_.load(std::memory_order_relaxed) > 0 ||
           waits_.fetch_add(1, std::memory_order_relaxed) % 32 == 0;
  }
  void note(bool has_paid) noexcept {
    const int before = balance_.load(std::memory_order_relaxed);
    const int now = std::clamp(has_paid ? before + 1 : before - 1, 0, 16);
    if (now != before) balance_.store(now, std::memory_order_relaxed);
  }

 private:
  std::atomic<int> balance_{8};
  std::atomic<unsigned> waits_{0};
};
inline constinit spin_experience spins_of_parkers{};

// The word of a parker, as the kernel knows it.
class kernel_word {
 public:
  // acquire, release: who sees that it is unparked sees what was written before
  std::uint32_t load() const noexcept { return word_.load(std::memory_order_acquire); }
  std::uint32_t exchange(std::uint32_t value) noexcept {
    return word_.exchange(value, std::memory_order_acq_rel);
  }
  void replace(std::uint32_t before, std::uint32_t value) noexcept {
    // relaxed: only this thread's own later loads say that it is unparked
    word_.compare_exchange_strong(before, value, std::memory_order_relaxed,
                                  std::memory_order_relaxed);
  }

  // Looks again and again, for some microseconds. Returns: whether the word is `value` now.
  bool spin_until(std::uint32_t value) noexcept {
    if (!spins_of_parkers.should_spin()) return load() == value;
    int looks = 128;
    while (load() != value && --looks != 0) pause_processor();
    spins_of_parkers.note(looks != 0);
    return looks != 0;
  }
  // Each may return early.
  void sleep_while(std::uint32_t value) noexcept { sleep_while(value, std::chrono::hours(1)); }
  void sleep_while(std::uint32_t value, std::chrono::nanoseconds longest) noexcept {
    detail::sleep_while(word_, value, longest.count());
  }
  // The word at `address` may be gone: then nobody is woken, or, as futexes may, somebody who looks and sleeps again.
  static void wake(const void* address) noexcept { wake_sleeper(address); }

 private:
  std::atomic<std::uint32_t> word_{0};
};

// A parker is of one thread, which calls park() or park_until() for one wait. Another calls unpark(), once, without
// the shard's lock, and touches nothing of the wait afterwards: the parked thread may have ended the life of the
// parker. What was written before unpark() is seen behind park().

// Where there are futexes: one word, and no call of the kernel where the thread has not fallen asleep yet.
template <class Word>
class word_parker {
 public:
  void unpark() noexcept {
    const void* const address = &word_;
    if (word_.exchange(unparked) == asleep) Word::wake(address);
  }

  void park() noexcept {
    if (!spin()) {
      while (word_.load() != unparked) word_.sleep_while(asleep);
    }
  }
  // Returns: whether it was unparked in time.
  template <class TimePoint>
  bool park_until(const TimePoint& deadline) {
    if (spin()) return true;
    while (word_.load() != unparked) {
      const sleep_span span = span_until(deadline);
      if (span.passed) return false;
      word_.sleep_while(asleep, span.length);
    }
    return true;
  }

 private:
  static constexpr std::uint32_t awake = 0;
  static constexpr std::uint32_t asleep = 1;
  static constexpr std::uint32_t unparked = 2;

  // Returns: whether it was unparked already; else the word says that the thread is asleep, or has just been unparked.
  bool spin() noexcept {
    if (word_.spin_until(unparked)) return true;
    word_.replace(awake, asleep);
    return false;
  }

  Word word_;
};

// Elsewhere.
class condition_parker {
 public:
  // The parked thread needs the mutex to see that it is unparked.
  void unpark() noexcept {
    const std::lock_guard lock(mutex_);
    unparked_ = true;
    changed_.notify_one();
  }

  void park() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return unparked_; });
  }
  // Returns: whether it was unparked in time.
  template <class TimePoint>
  bool park_until(const TimePoint& deadline) {
    std::unique_lock lock(mutex_);
    while (!unparked_) {
      const sleep_span span = span_until(deadline);
      if (span.passed) return false;
      changed_.wait_for(lock, span.length);
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool unparked_ = false;
};

// The parker of a policy that names none.
template <class Policy>
struct parker_of {
  using type = std::conditional_t<has_futexes, word_parker<kernel_word>, condition_parker>;
};
template <class Policy>
  requires requires { typename Policy::parker; }
struct parker_of<Policy> {
  using type = typename Policy::parker;
};

}  // namespace waitmap::detail
