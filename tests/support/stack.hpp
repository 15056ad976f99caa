// stack_used: how deep the stack is below a place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace support {

// The address of the caller's part of the stack. Not of a local: in a coroutine, and where a sanitizer
// keeps locals elsewhere, those are on the heap.
[[gnu::noinline]] inline std::uintptr_t stack_place() noexcept {
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}

// Remembers the deepest place that it is shown.
class stack_meter {
 public:
  void look() noexcept {
    const std::uintptr_t here = stack_place();
    if (here < deepest_) deepest_ = here;
  }
  std::size_t used() const noexcept { return top_ - deepest_; }

 private:
  std::uintptr_t top_ = stack_place();
  std::uintptr_t deepest_ = top_;
};

// Instrumented programs are slower and need more memory: sizes are divided.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int slowness = 10;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr int slowness = 10;
#else
inline constexpr int slowness = 1;
#endif
#else
inline constexpr int slowness = 1;
#endif

}  // namespace support
