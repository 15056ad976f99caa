// The commonest task of other libraries: starts when it is awaited, and hands the thread on by
// symmetric transfer, at its start and at its end.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace foreign {

template <class Type>
class lazy_task {
 public:
  struct promise_type {
    lazy_task get_return_object() {
      return lazy_task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    auto final_suspend() const noexcept {
      struct go_back {
        bool await_ready() const noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
          return ended.promise().caller;
        }
        void await_resume() const noexcept {}
      };
      return go_back();
    }
    void return_value(Type returned) { value = std::move(returned); }
    void unhandled_exception() { error = std::current_exception(); }

    std::coroutine_handle<> caller = std::noop_coroutine();
    std::optional<Type> value;
    std::exception_ptr error;
  };

  lazy_task(lazy_task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  lazy_task& operator=(lazy_task&&) = delete;
  ~lazy_task() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
    frame_.promise().caller = caller;
    return frame_;
  }
  Type await_resume() {
    if (frame_.promise().error) std::rethrow_exception(frame_.promise().error);
    return *std::move(frame_.promise().value);
  }

  void start() { frame_.resume(); }
  bool done() const noexcept { return frame_.done(); }

 private:
  explicit lazy_task(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace foreign
