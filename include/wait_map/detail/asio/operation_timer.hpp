// operation_timer: Asio's timer of an operation with a deadline.
#pragma once

#include <atomic>
#include <optional>
#include <type_traits>
#include <utility>

#include <wait_map/detail/asio/library.hpp>
#include <wait_map/detail/asio/pending_operation.hpp>

namespace waitmap::detail {
inline namespace WAIT_MAP_WITH_ASIO {

// Where a stop token of the user's would be: the operation ends at that time.
template <class Clock>
struct stop_at {
  typename Clock::time_point time;
};

template <class Token>
inline constexpr bool is_deadline = false;
template <class Clock>
inline constexpr bool is_deadline<stop_at<Clock>> = true;

template <class Token, class Executor>
class operation_timer {  // of an operation without a deadline: none
 public:
  void reset() noexcept {}
};

// Its context runs the timer's handler exactly once, or destroys it: when the time has come, or after
// reset(). No two threads use the timer at once: start() comes before the wait is registered, and
// reset() after the wait's end, under the lock of pending_operations, or when the context has dropped
// the operation.
template <class Clock, class Executor>
class operation_timer<stop_at<Clock>, Executor> {
 public:
  // Whether the timer's handler runs where the operation's does.
  static constexpr bool has_own_context =
      net::can_query<const Executor&, net::execution::context_t>::value ||
      !net::execution::is_executor<Executor>::value;

  void make(const Executor& executor) {
    if constexpr (has_own_context) {
      timer_.emplace(executor);
    } else {
      timer_.emplace(net::system_executor());
    }
  }
  net::execution_context& context() { return detail::context_of(timer_->get_executor()); }
  template <class TimerHandler>
  void start(const stop_at<Clock>& deadline, TimerHandler handler) {
    timer_->expires_at(deadline.time);
    timer_->async_wait(std::move(handler));
  }
  void reset() noexcept { timer_.reset(); }

  // The wait and the timer's handler each call it once, at their ends. Returns whether it is the second.
  // acq_rel: what the first did happens before what the second does
  bool note_end() noexcept { return one_has_ended_.exchange(true, std::memory_order_acq_rel); }

 private:
  std::optional<net::basic_waitable_timer<
      Clock, net::wait_traits<Clock>,
      std::conditional_t<has_own_context, Executor, net::system_executor>>>
      timer_;
  std::atomic<bool> one_has_ended_ = false;
};

}  // namespace WAIT_MAP_WITH_ASIO
}  // namespace waitmap::detail
