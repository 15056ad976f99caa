// detached and owned: the coroutine types of the tests. Both start at once, on the thread that
// calls them.
//
// A coroutine's parameters live as long as it does; a lambda's captures do not: pass what it needs.
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

namespace support {

// Runs by itself and frees its frame at its end. An exception that leaves it ends the program.
struct detached {
  struct promise_type {
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// Owns a frame: destroying it destroys the coroutine, wherever that is suspended. An exception that
// leaves the coroutine reaches whoever resumed it.
class [[nodiscard]] owned {
 public:
  struct promise_type {
    owned get_return_object() noexcept {
      return owned(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { throw; }
  };

  owned() noexcept = default;
  owned(owned&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  owned& operator=(owned&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~owned() { destroy(); }

  void destroy() noexcept {
    if (auto frame = std::exchange(frame_, nullptr)) frame.destroy();
  }
  bool done() const noexcept { return frame_ && frame_.done(); }

 private:
  explicit owned(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

}  // namespace support
