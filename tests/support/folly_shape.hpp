// What folly's coroutines look like to what they await, as its own headers declare it: a token of cancellation, the
// function that hands it to an awaitable, and a task that uses it and comes home to its executor.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "support/manual_executor.hpp"
#include "support/own_stop_source.hpp"

namespace folly {

class CancellationToken {
 public:
  CancellationToken() noexcept = default;
  explicit CancellationToken(std::shared_ptr<support::own_stop_source> source) noexcept
      : source_(std::move(source)) {}
  bool isCancellationRequested() const noexcept { return source_ && source_->stop_requested(); }
  bool canBeCancelled() const noexcept { return source_ != nullptr; }

 private:
  friend class CancellationCallback;
  std::shared_ptr<support::own_stop_source> source_;
};

class CancellationSource {
 public:
  CancellationToken getToken() const noexcept { return CancellationToken(source_); }
  bool requestCancellation() const noexcept { return source_->request_stop(); }
  std::size_t callbacks() const { return source_->callbacks(); }

 private:
  std::shared_ptr<support::own_stop_source> source_ = std::make_shared<support::own_stop_source>();
};

class CancellationCallback {
 public:
  template <class Callable>
    requires std::is_constructible_v<std::function<void()>, Callable>
  CancellationCallback(const CancellationToken& token, Callable&& callable)
      : source_(token.source_),
        callback_(support::own_stop_source::token(source_.get()),
                  std::forward<Callable>(callable)) {}
  CancellationCallback(const CancellationCallback&) = delete;

 private:
  std::shared_ptr<support::own_stop_source> source_;
  support::own_stop_source::callback<std::function<void()>> callback_;
};

struct OperationCancelled final : std::exception {};

namespace coro {
namespace detail::adl {

template <class Awaitable>
Awaitable&& co_withCancellation(const CancellationToken&, Awaitable&& awaitable) noexcept {
  return static_cast<Awaitable&&>(awaitable);
}
struct with_cancellation_function {
  template <class Awaitable>
  auto operator()(const CancellationToken& token, Awaitable&& awaitable) const
      -> decltype(co_withCancellation(token, static_cast<Awaitable&&>(awaitable))) {
    return co_withCancellation(token, static_cast<Awaitable&&>(awaitable));
  }
};

}  // namespace detail::adl
inline constexpr detail::adl::with_cancellation_function co_withCancellation{};

// Starts at once.
template <class T>
class [[nodiscard]] Task {
 public:
  class promise_type {
   public:
    template <class... Args>
    promise_type(support::manual_executor& home, CancellationToken token, Args&&...)
        : home_(home), token_(std::move(token)) {}

    Task get_return_object() noexcept {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_value(T returned) { result.emplace(std::move(returned)); }
    void unhandled_exception() noexcept {
      try {
        throw;
      } catch (const OperationCancelled&) {
        cancelled = true;
      } catch (...) {
        std::terminate();
      }
    }

    template <class Awaitable>
    auto await_transform(Awaitable&& awaitable) {
      using awaited =
          decltype(coro::co_withCancellation(token_, std::forward<Awaitable>(awaitable)));
      return coming_home<awaited>(
          home_, coro::co_withCancellation(token_, std::forward<Awaitable>(awaitable)));
    }

    std::optional<T> result;
    bool cancelled = false;

   private:
    support::manual_executor& home_;
    CancellationToken token_;
  };

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (frame_) frame_.destroy();
  }
  const std::optional<T>& result() const noexcept { return frame_.promise().result; }
  bool was_cancelled() const noexcept { return frame_.promise().cancelled; }

 private:
  explicit Task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  // Awaits in a coroutine of its own, which then posts the task to its executor.
  struct via_coroutine {
    struct promise_type {
      std::coroutine_handle<> awaited_by;
      support::manual_executor* home = nullptr;
      via_coroutine get_return_object() noexcept {
        return {std::coroutine_handle<promise_type>::from_promise(*this)};
      }
      std::suspend_always initial_suspend() const noexcept { return {}; }
      auto final_suspend() const noexcept {
        struct post {
          bool await_ready() const noexcept { return false; }
          void await_suspend(std::coroutine_handle<promise_type> ended) const noexcept {
            ended.promise().home->post(ended.promise().awaited_by);
          }
          void await_resume() const noexcept {}
        };
        return post();
      }
      void return_void() const noexcept {}
      void unhandled_exception() const noexcept { std::terminate(); }
    };
    std::coroutine_handle<promise_type> frame;
  };
  template <class Awaitable>
  class coming_home {
    template <class Type>
    static decltype(auto) awaiter_of(Type&& type) {
      if constexpr (requires { std::forward<Type>(type).operator co_await(); }) {
        return std::forward<Type>(type).operator co_await();
      } else {
        return std::forward<Type>(type);
      }
    }

   public:
    coming_home(support::manual_executor& home, Awaitable&& awaitable)
        : home_(home), awaitable_(std::forward<Awaitable>(awaitable)) {}
    coming_home(coming_home&&) = default;
    ~coming_home() {
      if (via_) via_.destroy();
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) {
      via_ = wait(*this).frame;
      via_.promise().awaited_by = coroutine;
      via_.promise().home = &home_;
      via_.resume();
    }
    auto await_resume() {
      if (error_) std::rethrow_exception(error_);
      return *std::move(result_);
    }

   private:
    using result_type =
        decltype(awaiter_of(std::declval<std::remove_reference_t<Awaitable>&>()).await_resume());
    static via_coroutine wait(coming_home& self) {
      try {
        self.result_.emplace(co_await std::forward<Awaitable>(self.awaitable_));
      } catch (...) {
        self.error_ = std::current_exception();
      }
    }

    support::manual_executor& home_;
    Awaitable awaitable_;
    std::coroutine_handle<typename via_coroutine::promise_type> via_;
    std::optional<result_type> result_;
    std::exception_ptr error_;
  };

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace coro
}  // namespace folly
