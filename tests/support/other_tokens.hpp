// Tokens of other families, as far as a bridge to a stop token needs them.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "support/own_stop_source.hpp"

// As cppcoro declares them.
namespace cppcoro {

class cancellation_token {
 public:
  explicit cancellation_token(support::own_stop_source* source) noexcept : source_(source) {}
  bool can_be_cancelled() const noexcept { return source_ != nullptr; }
  bool is_cancellation_requested() const noexcept { return source_->stop_requested(); }

 private:
  friend class cancellation_registration;
  support::own_stop_source* source_;
};

class cancellation_registration {
 public:
  template <class Function>
    requires std::is_constructible_v<std::function<void()>, Function>
  cancellation_registration(cancellation_token token, Function&& callback)
      : callback_(support::own_stop_source::token(token.source_),
                  std::forward<Function>(callback)) {}
  cancellation_registration(const cancellation_registration&) = delete;

 private:
  support::own_stop_source::callback<std::function<void()>> callback_;
};

}  // namespace cppcoro

// As async_simple declares them: a handler may still run when it has been taken away.
namespace async_simple {

enum SignalType { None, Terminate };
class Signal;

class Slot {
 public:
  template <class Handler>
  [[nodiscard]] bool emplace(SignalType, Handler&& handler) {
    if (triggered_) return false;
    handler_ = std::forward<Handler>(handler);
    return true;
  }
  bool clear(SignalType) {
    const bool was_set = static_cast<bool>(handler_);
    handler_ = nullptr;
    return was_set && !triggered_;
  }
  void trigger() {
    triggered_ = true;
    if (handler_) handler_(Terminate, nullptr);
  }

 private:
  std::function<void(SignalType, Signal*)> handler_;
  bool triggered_ = false;
};

}  // namespace async_simple
