// initiate: starts an operation for a completion token.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <wait_map/detail/asio/handler_arguments.hpp>
#include <wait_map/detail/asio/library.hpp>
#include <wait_map/detail/asio/operation.hpp>
#include <wait_map/detail/asio/operation_timer.hpp>
#include <wait_map/detail/asio/stop_source.hpp>
#include <wait_map/detail/operation.hpp>

namespace waitmap::detail {
inline namespace WAIT_MAP_WITH_ASIO {

// Tokens that bring a timer or a coroutine of their own (cancel_after, cancel_at, use_coro) ask for its executor: a map has
// none, so they get that which the token is bound to, or that of a thread. In the latter case the handler is called
// there, unless it has an executor of its own: what such a token does at the end of the wait must not race with its timer.
struct not_bound {};
template <class Executor>
class initiating_executor {
 public:
  using executor_type = Executor;
  explicit initiating_executor(Executor bound) noexcept : bound_(std::move(bound)) {}
  executor_type get_executor() const noexcept { return bound_; }
  std::optional<fallback_executor> fallback() const noexcept { return std::nullopt; }

 private:
  Executor bound_;
};

// The executor of a thread, until it is compared with another: then it and its copies are that. For so asks a
// coroutine of Asio's experimental kind whether what it awaits, which use_coro has made of an operation, has its
// executor: if not, Asio's own coroutine is not told by whom it may be cancelled, and crashes.
class caller_executor : public net::any_io_executor {
 public:
  explicit caller_executor(const net::any_io_executor& first)
      : net::any_io_executor(first), now_(std::make_shared<net::any_io_executor>(first)) {}

  template <class Function>
  void execute(Function&& work) const {
    now_->execute(std::forward<Function>(work));
  }
  template <class Property>
  auto query(const Property& property) const
      -> decltype(net::query(std::declval<const net::any_io_executor&>(), property)) {
    return net::query(*now_, property);
  }
  template <class Property>
  auto require(const Property& property) const
      -> decltype(net::require(std::declval<const net::any_io_executor&>(), property)) {
    return net::require(*now_, property);
  }
  template <class Property>
  auto prefer(const Property& property) const
      -> decltype(net::prefer(std::declval<const net::any_io_executor&>(), property)) {
    return net::prefer(*now_, property);
  }

  friend bool operator==(const caller_executor& left, const caller_executor& right) noexcept {
    return left.now_ == right.now_;
  }
  friend bool operator!=(const caller_executor& left, const caller_executor& right) noexcept {
    return !(left == right);
  }
  friend bool operator==(const net::any_io_executor& asking, const caller_executor& self) noexcept {
    *self.now_ = asking;
    return true;
  }
  friend bool operator!=(const net::any_io_executor& asking, const caller_executor& self) noexcept {
    return !(asking == self);
  }

 private:
  std::shared_ptr<net::any_io_executor> now_;
};

template <>
class initiating_executor<not_bound> {
 public:
  using executor_type = caller_executor;
  explicit initiating_executor(not_bound) noexcept {}
  executor_type get_executor() const {
    asked_for_ = true;
    return caller_executor(detail::get_fallback_executor());
  }
  std::optional<fallback_executor> fallback() const noexcept {
    return asked_for_ ? std::optional(detail::get_fallback_executor()) : std::nullopt;
  }

 private:
  mutable bool asked_for_ = false;
};

template <class Token>
auto executor_bound_to(const Token& token) noexcept {
  if constexpr (requires {
                  typename Token::executor_type;
                  token.get_executor();
                }) {
    return token.get_executor();
  } else {
    return not_bound();
  }
}

// What async_initiate calls with the handler it makes of the token.
template <class Error, class Result, class Call, class Executor>
class start_operation : public initiating_executor<Executor> {
 public:
  start_operation(Call call, Executor bound) noexcept
      : initiating_executor<Executor>(std::move(bound)), call_(std::move(call)) {}

  template <class Handler, class Token, class... Args>
  void operator()(Handler&& handler, Token token, Args&&... args) const {
    using handler_type = std::decay_t<Handler>;
    handler_type kept(std::forward<Handler>(handler));
    operation<handler_type, Error, Result, Call, Token, std::decay_t<Args>...>::start(
        kept, operation_call<Call>{call_, this->fallback()}, std::move(token),
        std::decay_t<Args>(std::forward<Args>(args))...);
  }

 private:
  Call call_;
};

template <class Result, class CompletionToken, class Call, class Token, class... Args>
auto initiate_stoppable(CompletionToken& token, Call call, Token stop, Args&&... args) {
  using error = error_for<CompletionToken>;
  auto bound = detail::executor_bound_to(token);
  return net::async_initiate<CompletionToken, void(error, Result)>(
      start_operation<error, Result, Call, decltype(bound)>(std::move(call), std::move(bound)),
      token, std::move(stop), std::forward<Args>(args)...);
}
template <class Result, class CompletionToken, class Call, class... Args>
auto initiate(CompletionToken& token, Call call, Args&&... args) {
  return detail::initiate_stoppable<Result>(token, std::move(call), no_stop_token(),
                                            std::forward<Args>(args)...);
}

// What co_await call(stop token, arguments...) returns.
template <class Call, class... Args>
using awaited = decltype(std::declval<std::invoke_result_t<Call, operation_stop_token, Args&...>&>()
                             .await_resume());

}  // namespace WAIT_MAP_WITH_ASIO
}  // namespace waitmap::detail
