// lazy: a coroutine for a value that starts when it is awaited and lives in what awaits it. Its promise has a base
// where a test wants to see something of it.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace support {

struct plain_promise {};

template <class T, class Base = plain_promise>
class [[nodiscard]] lazy {
 public:
  struct promise_type : Base {
    // Continues the one who awaits.
    struct finish {
      bool await_ready() const noexcept { return false; }
      std::coroutine_handle<> await_suspend(
          std::coroutine_handle<promise_type> ended) const noexcept {
        return ended.promise().awaited_by;
      }
      void await_resume() const noexcept {}
    };

    lazy get_return_object() noexcept {
      return lazy(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_always initial_suspend() const noexcept { return {}; }
    finish final_suspend() const noexcept { return {}; }
    void return_value(T value) { result.emplace(std::move(value)); }
    void unhandled_exception() noexcept { error = std::current_exception(); }

    std::coroutine_handle<> awaited_by;
    std::optional<T> result;
    std::exception_ptr error;
  };

  lazy(lazy&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  lazy& operator=(lazy&&) = delete;
  ~lazy() {
    if (frame_) frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaited_by) noexcept {
    frame_.promise().awaited_by = awaited_by;
    return frame_;
  }
  T await_resume() {
    promise_type& ended = frame_.promise();
    if (ended.error) std::rethrow_exception(ended.error);
    return std::move(*ended.result);
  }

 private:
  explicit lazy(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace support
