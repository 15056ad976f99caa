// task: a coroutine for a value, that starts when it is awaited. background: one that nobody awaits.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace single_flight {

template <class Value>
class [[nodiscard]] task {
 public:
  struct promise_type {
    struct go_back {
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> self) noexcept {
        return self.promise().awaited_by;
      }
      void await_resume() noexcept {}
    };

    task get_return_object() { return task(handle::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    go_back final_suspend() noexcept { return {}; }
    void return_value(Value returned) { value = std::move(returned); }
    void unhandled_exception() noexcept { error = std::current_exception(); }

    std::coroutine_handle<> awaited_by;
    std::optional<Value> value;
    std::exception_ptr error;
  };

  task(task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  task& operator=(task&&) = delete;
  ~task() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaited_by) noexcept {
    frame_.promise().awaited_by = awaited_by;
    return frame_;
  }
  Value await_resume() {
    if (frame_.promise().error) std::rethrow_exception(frame_.promise().error);
    return std::move(*frame_.promise().value);
  }

 private:
  using handle = std::coroutine_handle<promise_type>;
  explicit task(handle frame) : frame_(frame) {}

  handle frame_;
};

struct background {  // starts at once, frees itself at its end
  struct promise_type {
    background get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

}  // namespace single_flight
