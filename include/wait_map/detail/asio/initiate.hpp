// initiate: starts an operation for a completion token.
#pragma once

#include <atomic>
#include <exception>
#include <type_traits>
#include <utility>

#include <wait_map/detail/asio/handler_arguments.hpp>
#include <wait_map/detail/asio/library.hpp>
#include <wait_map/detail/asio/operation.hpp>
#include <wait_map/detail/asio/pending_operation.hpp>
#include <wait_map/detail/asio/stop_source.hpp>
#include <wait_map/detail/operation.hpp>
#include <wait_map/stop_token.hpp>

namespace waitmap::detail {
inline namespace WAIT_MAP_WITH_ASIO {

// A stop token of the user's, beside the operation's own.
template <class Token>
class forward_stop {
 public:
  forward_stop(const Token& token, pending_operation& to) : callback_(token, request{&to}) {}

 private:
  struct request {
    pending_operation* to;
    void operator()() const noexcept {
      pending_operation& stopped = *to;
      stopped.retain();  // *this and the operation may go meanwhile
      const operation_owner held(&stopped);
      stopped.stop.request();
    }
  };
  stop_callback_for<Token, request> callback_;
};
template <>
class forward_stop<no_stop_token> {
 public:
  forward_stop(no_stop_token, pending_operation&) noexcept {}
  ~forward_stop() {}  // not trivial: no warning that it is unused
};

// `call`(token, arguments...) makes the awaitable; the arguments are kept here.
template <class Handler, class Error, class Result, class Call, class Token, class... Args>
operation<Handler, Error, Result, Call, Token, Args...> run_operation(Handler&, Call call,
                                                                      Token token, Args... args) {
  using operation_promise =
      typename operation<Handler, Error, Result, Call, Token, Args...>::promise_type;
  operation_promise& self = co_await typename operation_promise::self();
  try {
    const forward_stop<Token> forward(token, self);
    auto waiting = call(operation_stop_token(self.stop), args...);
    auto awaited = co_await waiting;
    const bool cancelled = self.cancelled.load(std::memory_order_relaxed);
    if (cancelled && detail::ended_by_stop(awaited, cancelled)) {
      self.error = std::make_exception_ptr(system_error(net::error::operation_aborted));
    }
    self.result.emplace(handed_on<Result>::from(std::move(awaited)));
  } catch (...) {
    self.error = std::current_exception();
    self.result.emplace(handed_on<Result>::from(self.error));
  }
  co_await typename operation_promise::completed();
}

// What async_initiate calls with the handler it makes of the token.
template <class Error, class Result, class Call>
class start_operation {
 public:
  explicit start_operation(Call call) noexcept : call_(std::move(call)) {}

  template <class Handler, class Token, class... Args>
  void operator()(Handler&& handler, Token token, Args&&... args) const {
    using handler_type = std::decay_t<Handler>;
    handler_type kept(std::forward<Handler>(handler));
    detail::run_operation<handler_type, Error, Result>(
        kept, call_, std::move(token), std::decay_t<Args>(std::forward<Args>(args))...)
        .start();
  }

 private:
  Call call_;
};

template <class Result, class CompletionToken, class Call, class Token, class... Args>
auto initiate_stoppable(CompletionToken& token, Call call, Token stop, Args&&... args) {
  using error = error_for<CompletionToken>;
  return net::async_initiate<CompletionToken, void(error, Result)>(
      start_operation<error, Result, Call>(std::move(call)), token, std::move(stop),
      std::forward<Args>(args)...);
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
