// deadline_timer: stop tokens that stop when their time has come.
#pragma once

#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
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

enum class span { in_range, past, never };

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
  template <class Queue>
  void operator()(Queue& queue) const {
    queue.start_thread();
  }
};

/// A thread policy for event loops and tests: no thread; call run_due() when the next deadline is
/// due.
struct driven_by_hand {
  template <class Queue>
  void operator()(Queue&) const noexcept {}
};

/// A stop token that stops when the time of a clock has come: what a deadline_timer gives.
/// Copying costs one atomic increment. It may outlive its timer.
template <class Timer, class TimePoint>
class deadline_token {
  using clock = typename Timer::clock;
  using queue = detail::deadline_queue<clock>;

 public:
  bool stop_requested() const noexcept {
    return span_ == detail::span::past ||
           (span_ == detail::span::in_range && TimePoint::clock::now() >= when_);
  }
  bool stop_possible() const noexcept { return span_ != detail::span::never; }

  friend bool operator==(const deadline_token&, const deadline_token&) = default;

  /// Runs the function on the timer's thread when the time has come, or here if it has. The
  /// function must not throw: that ends the program. Its destructor takes the deadline away; while
  /// the function runs on another thread, it waits for its end. Constructing throws
  /// std::system_error where the timer's thread cannot be started. Cost: O(log n), no allocation.
  template <class Function>
  class callback_type final : detail::deadline_callback<clock> {
   public:
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
    callback_type(const callback_type&) = delete;
    callback_type& operator=(const callback_type&) = delete;
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
/// What after() and at() give is a stop token: it serves every operation that takes one, any number
/// of times. A wait that ends before takes its deadline away at once.
///
/// Resumes: on the timer's thread, with no lock of the timer held: the coroutine may arm deadlines,
/// and may destroy the timer. While it runs, other deadlines are late: have a resumer post long
/// work elsewhere. An exception that leaves a stop callback ends the program; so does one that
/// leaves a coroutine resumed by the map's own resumers from there.
/// Threads: all members, from any thread at any time, but the destructor.
/// Lifetime: the timer may die before its tokens and callbacks: what is armed then never fires,
/// while stop_requested() of a token still tells the time. Its destructor waits for the callback
/// that runs, unless it is called from there.
/// Times: every clock, representation and value. An infinite one, and one too far for the clock,
/// never stops; a past one, and one that is not a number, stops at once. A clock that is set back
/// is asked again; one that is set forward is noticed when the time before has passed by the
/// timer's clock.
/// Cost: one thread, started by the first deadline; arming and disarming O(log n) under one lock,
/// without an allocation.
template <class Clock, class Thread = own_thread>
class basic_deadline_timer {
 public:
  using clock = Clock;
  using thread_policy = Thread;
  template <class TimePoint>
  using token = deadline_token<basic_deadline_timer, TimePoint>;

  basic_deadline_timer() : queue_(std::make_shared<detail::deadline_queue<Clock>>()) {}
  basic_deadline_timer(const basic_deadline_timer&) = delete;
  basic_deadline_timer& operator=(const basic_deadline_timer&) = delete;
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

  /// Runs what is due on the calling thread; while another call does so, does nothing. For
  /// driven_by_hand.
  /// Returns: when the next is due, nullopt if nothing is armed.
  std::optional<typename Clock::time_point> run_due() {
    const auto kept = queue_;  // a callback may destroy the timer
    return kept->run_due();
  }

  /// Returns: how many deadlines are armed.
  [[nodiscard]] std::size_t armed() const { return queue_->armed(); }

 private:
  std::shared_ptr<detail::deadline_queue<Clock>> queue_;
};

using deadline_timer = basic_deadline_timer<std::chrono::steady_clock>;

}  // namespace waitmap
