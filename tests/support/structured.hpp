// structured: a coroutine whose parent may stop it, as the tasks of std::execution are: its promise has an environment with
// the parent's stop token, and unhandled_stopped().
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include <wait_map/stop_token.hpp>

#include "support/own_stop_source.hpp"

namespace support {

// Begins at once, with a parent's token. Destroying it destroys the coroutine.
template <class T>
class [[nodiscard]] structured {
 public:
  using token_type = own_stop_source::token;

  class promise_type {
   public:
    template <class... Args>
    explicit promise_type(token_type parent, Args&&...) noexcept : parent_(parent) {}

    structured get_return_object() noexcept {
      return structured(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_value(T returned) { result.emplace(std::move(returned)); }
    void unhandled_exception() noexcept { error = std::current_exception(); }

    struct environment {
      token_type token;
      token_type query(waitmap::get_stop_token_t) const noexcept { return token; }
    };
    environment get_env() const noexcept { return {parent_}; }

    template <class Awaitable>
    decltype(auto) await_transform(Awaitable&& awaitable) {
      if constexpr (requires { std::forward<Awaitable>(awaitable).as_awaitable(*this); }) {
        return std::forward<Awaitable>(awaitable).as_awaitable(*this);
      } else {
        return std::forward<Awaitable>(awaitable);
      }
    }
    std::coroutine_handle<> unhandled_stopped() noexcept {
      ++stopped;
      return std::noop_coroutine();
    }

    std::optional<T> result;
    std::exception_ptr error;
    int stopped = 0;

   private:
    token_type parent_;
  };

  structured(structured&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  structured& operator=(structured&&) = delete;
  ~structured() {
    if (frame_) frame_.destroy();
  }

  bool was_stopped() const noexcept { return promise().stopped == 1 && !has_ended(); }
  bool has_ended() const noexcept { return promise().result || promise().error; }
  bool is_pending() const noexcept { return promise().stopped == 0 && !has_ended(); }
  const std::optional<T>& result() const noexcept { return promise().result; }
  const std::exception_ptr& error() const noexcept { return promise().error; }

 private:
  explicit structured(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  promise_type& promise() const noexcept { return frame_.promise(); }

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace support
