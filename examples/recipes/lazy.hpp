// lazy: a coroutine that starts when it is awaited and gives its result to the one who awaits it.
#pragma once

#include <atomic>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

template <class Result>
class [[nodiscard]] lazy {
 public:
  struct promise_type {
    struct at_end {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(
          std::coroutine_handle<promise_type> self) const noexcept {
        auto& promise = self.promise();
        return promise.one_came() ? std::noop_coroutine() : promise.awaited_by;
      }
      void await_resume() const noexcept {}
    };

    lazy get_return_object() {
      return lazy(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    at_end final_suspend() const noexcept { return {}; }
    void return_value(Result value) { result.emplace(std::move(value)); }
    void unhandled_exception() { error = std::current_exception(); }

    // Whether the caller is the first of two: this coroutine at its end, and the one that awaits it, having
    // started it. The second goes on with the awaiting one. acq_rel: it sees what the first did
    bool one_came() noexcept { return !met.exchange(true, std::memory_order_acq_rel); }

    std::coroutine_handle<> awaited_by;
    std::atomic<bool> met{false};
    std::optional<Result> result;
    std::exception_ptr error;
  };

  lazy(lazy&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  lazy& operator=(lazy&&) = delete;
  ~lazy() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiting) {
    auto frame = frame_;  // *this may be gone when the awaiting coroutine goes on
    frame.promise().awaited_by = awaiting;
    frame.resume();
    return frame.promise().one_came();  // the second: it has ended, and nobody suspends
  }
  Result await_resume() {
    if (frame_.promise().error) std::rethrow_exception(frame_.promise().error);
    return *std::move(frame_.promise().result);
  }

 private:
  explicit lazy(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};
