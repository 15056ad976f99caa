// The smallest coroutine types: they add next to nothing of their own to what is measured.
#pragma once

#include <array>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <new>
#include <utility>

namespace bench {

// Runs at once and frees itself at its end.
struct detached {
  struct promise_type {
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// Frames from a free list that is filled a slab at a time, as executors that care have them. Where
// many are alive at once, malloc takes three times as long as all the rest of a bare coroutine, and
// where it puts the frames depends on what ran before: that would hide the differences that a table
// is there to show.
class recycled_frame {
 public:
  static void* operator new(std::size_t size) {
    block*& top = pool_[class_of(size)];
    if (top == nullptr) top = make_slab(class_of(size) * granule);
    return std::exchange(top, top->below);
  }
  static void operator delete(void* memory, std::size_t size) noexcept {
    block*& top = pool_[class_of(size)];
    top = new (memory) block{top};
  }

 private:
  struct block {
    block* below;
  };
  static constexpr std::size_t granule = 16, classes = 64, slab_frames = 1024;
  static constexpr std::size_t class_of(std::size_t size) noexcept {
    return (size + granule - 1) / granule;
  }
  // Slabs are never given back: every table runs in a process of its own.
  static block* make_slab(std::size_t frame) {
    char* const slab = static_cast<char*>(::operator new(frame * slab_frames));
    block* top = nullptr;
    for (std::size_t i = slab_frames; i != 0; --i) top = new (slab + (i - 1) * frame) block{top};
    return top;
  }
  inline static thread_local constinit std::array<block*, classes> pool_{};
};

// A detached coroutine with a recycled frame.
struct recycled : detached {
  struct promise_type : detached::promise_type, recycled_frame {
    recycled get_return_object() noexcept { return {}; }
  };
};

// Runs at once, in a recycled frame; its owner destroys it, finished or suspended.
class owned {
 public:
  struct promise_type : recycled_frame {
    owned get_return_object() noexcept {
      return owned(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };

  owned(owned&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  owned& operator=(owned&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~owned() { destroy(); }

  void destroy() noexcept {
    if (frame_) std::exchange(frame_, nullptr).destroy();
  }

 private:
  explicit owned(std::coroutine_handle<promise_type> frame) noexcept : frame_(frame) {}
  std::coroutine_handle<promise_type> frame_;
};

// Suspends the coroutine that awaits it and leaves the handle where the benchmark finds it: a bare
// coroutine.
struct park {
  std::coroutine_handle<>& where;
  explicit park(std::coroutine_handle<>& place) noexcept : where(place) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> frame) const noexcept { where = frame; }
  void await_resume() const noexcept {}
};

}  // namespace bench
