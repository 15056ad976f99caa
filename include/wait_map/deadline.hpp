/// @file
/// deadline_timer: stop tokens that stop when their time has come.
#pragma once

#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ratio>
#include <type_traits>
#include <utility>

#include <wait_map/any_token.hpp>
#include <wait_map/detail/deadline_queue.hpp>
#include <wait_map/stop_token.hpp>

namespace waitmap {

namespace detail {

enum class span : std::uint8_t { in_range, past, never };

// A time in one representation, told in another, never overflowing: what is beyond half of the
// range (146 years of nanoseconds) is for ever. Not a number is past: a wait that ends at once is
// seen, one that hangs is not.
template <class To, class Rep, class Period>
span span_of(const std::chrono::duration<Rep, Period>& from, To& to) noexcept {
  using seconds = std::chrono::duration<long double>;
  using factor = std::ratio_divide<Period, typename To::period>;
  const long double length = seconds(from).count();
  const long double limit = seconds((To::max)()).count() / 2;
  if (length >= limit) return span::never;
  if (!(length > -limit)) return span::past;
  if constexpr (factor::num == 1 || factor::den == 1) {
    to = std::chrono::ceil<To>(from);
  } else {  // the product with the factor might overflow
    to = To(static_cast<typename To::rep>(
        std::ceil(std::chrono::duration<long double, typename To::period>(from).count())));
  }
  return span::in_range;
}

}  // namespace detail

/// The thread policy of deadline_timer: one thread of its own, started when the first deadline is
/// armed.
struct own_thread {
  /// Starts the thread of the timer's queue. Throws: std::system_error where it cannot be started.
  template <class Queue>
  void operator()(Queue& queue) const {
    queue.start_thread();
  }
};

/// A thread policy for event loops and tests: no thread; call run_due() when the next deadline is
/// due.
struct driven_by_hand {
  /// Does nothing.
  template <class Queue>
  void operator()(Queue&) const noexcept {}
};

/// A stop token that stops when the time of a clock has come: what a deadline_timer gives. It may outlive its timer.
/// Cost: a copy costs one atomic increment.
template <class Timer, class TimePoint>
class deadline_token {
  using clock = typename Timer::clock;
  using queue = detail::deadline_queue<clock>;

 public:
  /// Whether the time has come.
  bool stop_requested() const noexcept {
    return span_ == detail::span::past ||
           (span_ == detail::span::in_range && TimePoint::clock::now() >= when_);
  }
  /// Whether the time will ever come: false for an infinite one.
  bool stop_possible() const noexcept { return span_ != detail::span::never; }

  /// Whether both are of one timer and stop at one time. Two tokens that never stop may be unequal.
  friend bool operator==(const deadline_token&, const deadline_token&) = default;

  /// The stop callback of a deadline_token (see stop_callback_for). It runs the function on the timer's thread when the
  /// time has come, or here if it has. The function must not throw: that ends the program.
  /// Cost: O(log n), no allocation.
  template <class Function>
  class callback_type final : detail::deadline_callback<clock> {
   public:
    /// Arms the deadline. Throws: std::system_error where the timer's thread cannot be started.
    template <class Initializer>
    callback_type(const deadline_token& token, Initializer&& function)
        : token_(token), function_(std::forward<Initializer>(function)) {
      if (!token_.stop_possible()) return;
      if (const auto due = token_.stop_requested() ? std::nullopt : token_.due()) {
        may_be_armed_ = true;
        token_.queue_->arm(*this, *due, typename Timer::thread_policy());
      } else {
        run();
      }
    }
    callback_type(const callback_type&) = delete;             ///< It stays where it is.
    callback_type& operator=(const callback_type&) = delete;  ///< It stays where it is.
    /// Takes the deadline away. While the function runs on another thread, it waits until the function has ended.
    ~callback_type() {
      if (may_be_armed_) token_.queue_->disarm(*this);
    }

   private:
    void run() noexcept override { std::move(function_)(); }
    std::optional<typename clock::time_point> put_off() noexcept override {
      if constexpr (std::same_as<typename TimePoint::clock, clock>) {
        return std::nullopt;
      } else {
        return token_.stop_requested() ? std::nullopt : token_.due();
      }
    }

    deadline_token token_;
    Function function_;
    bool may_be_armed_ = false;
  };

 private:
  friend Timer;

  deadline_token(std::shared_ptr<queue> of, detail::span span, TimePoint when) noexcept
      : queue_(std::move(of)), span_(span), when_(when) {}

  // By the timer's clock. nullopt: now.
  std::optional<typename clock::time_point> due() const noexcept {
    if constexpr (std::same_as<typename TimePoint::clock, clock>) {
      return when_;
    } else {
      // Both are within their ranges, so that the difference is.
      typename clock::duration left{};
      switch (detail::span_of(when_ - TimePoint::clock::now(), left)) {
        case detail::span::past:
          return std::nullopt;
        case detail::span::never:
          left = (clock::duration::max)() / 2;
          break;
        case detail::span::in_range:
          break;
      }
      return clock::now() + left;
    }
  }

  std::shared_ptr<queue> queue_;
  detail::span span_;
  TimePoint when_;
};

/// Deadlines for waits, in one expression and with every coroutine type:
///
///     waitmap::deadline_timer timer;
///     auto value = co_await map.wait(key, timer.after(5s));  // nullopt: the time was over
///
/// after() and at() return stop tokens. A token serves every operation that takes one, any number
/// of times. A wait that ends early takes its deadline away at once.
///
/// Resumes: on the timer's thread, with no lock of the timer held. The coroutine may arm deadlines,
/// and may destroy the timer. While it runs, other deadlines are late: let a resumer post long
/// work elsewhere. An exception that leaves a stop callback ends the program. So does one that
/// leaves a coroutine which the map's own resumers resume from there.
/// Threads: all members but the destructor may be called from any thread at any time.
/// Lifetime: the timer may die before its tokens and callbacks. A deadline that is armed then never fires,
/// but stop_requested() of a token still tells the time. The destructor waits for a callback
/// that is running, unless that callback calls it.
/// Times: every clock, representation and value. An infinite time, and one too far off for the clock,
/// never comes. A past time, and one that is not a number, has come at once. If a clock is set back, the deadline
/// moves with it. If a clock is set forward, that is noticed when the time that was left before has passed by the
/// timer's clock.
/// Cost: one thread, started by the first deadline; arming and disarming O(log n) under one lock,
/// without an allocation.
template <class Clock, class Thread = own_thread>
class basic_deadline_timer {
 public:
  using clock = Clock;           ///< The clock by which the timer sleeps.
  using thread_policy = Thread;  ///< own_thread or driven_by_hand.
  /// What after() and at() return.
  template <class TimePoint>
  using token = deadline_token<basic_deadline_timer, TimePoint>;

  /// Makes a timer without deadlines; no thread is started yet. Throws: std::bad_alloc.
  basic_deadline_timer() : queue_(std::make_shared<detail::deadline_queue<Clock>>()) {}
  basic_deadline_timer(const basic_deadline_timer&) = delete;             ///< It stays where it is.
  basic_deadline_timer& operator=(const basic_deadline_timer&) = delete;  ///< It stays where it is.
  /// Drops all deadlines, and ends the thread.
  ~basic_deadline_timer() { queue_->close(); }

  /// Returns: a token that stops when that much time has passed from now on.
  template <class Rep, class Period>
  [[nodiscard]] token<typename Clock::time_point> after(
      const std::chrono::duration<Rep, Period>& time) const noexcept {
    typename Clock::duration length{};
    auto span = detail::span_of(time, length);
    const auto now = Clock::now();
    if (span == detail::span::in_range && now.time_since_epoch().count() > 0 &&
        length > (Clock::time_point::max)() - now) {
      span = detail::span::never;
    }
    return {queue_, span, span == detail::span::in_range ? now + length : now};
  }

  /// Returns: a token that stops at that time, of whatever clock.
  template <class Other, class Duration>
  [[nodiscard]] auto at(const std::chrono::time_point<Other, Duration>& time) const noexcept {
    using time_point = std::chrono::time_point<Other, typename Other::duration>;
    typename Other::duration since_epoch{};
    const auto span = detail::span_of(time.time_since_epoch(), since_epoch);
    return token<time_point>(queue_, span, time_point(since_epoch));
  }

  /// For driven_by_hand: runs what is due, on the calling thread. While another call does so, does nothing.
  /// Returns: when the next deadline is due, nullopt if none is armed.
  std::optional<typename Clock::time_point> run_due() {
    const auto kept = queue_;  // a callback may destroy the timer
    return kept->run_due();
  }

  /// Returns: how many deadlines are armed.
  [[nodiscard]] std::size_t armed() const { return queue_->armed(); }

 private:
  std::shared_ptr<detail::deadline_queue<Clock>> queue_;
};

/// The usual deadline timer: by std::chrono::steady_clock, with one thread of its own.
using deadline_timer = basic_deadline_timer<std::chrono::steady_clock>;

}  // namespace waitmap
