// subscribed: a wait that has begun before an operation awaits it.
#pragma once

#include <coroutine>
#include <memory>
#include <utility>

#include <wait_map/detail/asio/library.hpp>
#include <wait_map/detail/asio/stop_source.hpp>

namespace waitmap::detail {
inline namespace WAIT_MAP_WITH_ASIO {

// What a subscription and those who await it own together.
template <class Wait>
class subscribed {
 public:
  template <class Subscribe>
  explicit subscribed(Subscribe subscribe) : wait(subscribe(operation_stop_token(stop))) {}

  operation_stop_source stop;
  Wait wait;
};

// Awaits it; a stop of the operation that awaits is passed on.
template <class Subscribed>
class awaited_subscription {
 public:
  awaited_subscription(std::shared_ptr<Subscribed> kept, const operation_stop_token& token)
      : kept_(std::move(kept)), forward_(token, request{kept_}) {}

  bool await_ready() const noexcept { return kept_->wait.await_ready(); }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    return kept_->wait.await_suspend(coroutine);
  }
  auto await_resume() { return kept_->wait.await_resume(); }

 private:
  struct request {
    std::shared_ptr<Subscribed> to;
    void operator()() const noexcept {
      const std::shared_ptr<Subscribed> held = to;  // *this may go meanwhile
      held->stop.request();
    }
  };

  std::shared_ptr<Subscribed> kept_;
  operation_stop_token::callback_type<request> forward_;
};

}  // namespace WAIT_MAP_WITH_ASIO
}  // namespace waitmap::detail
