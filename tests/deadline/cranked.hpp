// cranked: a clock and a timer that go on when a test says so.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include <wait_map/deadline.hpp>

// A clock for each Tag, so that there can be two.
template <class Tag>
struct cranked_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<cranked_clock>;
  static constexpr bool is_steady = false;

  static time_point now() noexcept { return time_point(duration(current.load())); }
  static void advance(duration by) noexcept { current += by.count(); }

  static inline std::atomic<rep> current{1'000'000'000};
};

struct timers_clock_tag {};
using cranked = cranked_clock<timers_clock_tag>;
using cranked_timer = waitmap::basic_deadline_timer<cranked, waitmap::driven_by_hand>;

// Lets time pass, and runs what has become due.
template <class Timer>
void let_pass(Timer& timer, std::chrono::nanoseconds time) {
  Timer::clock::advance(time);
  timer.run_due();
}
