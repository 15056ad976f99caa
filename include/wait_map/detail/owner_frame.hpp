// owner_frame: what a coroutine_handle resumes that is no coroutine, but an owner of a waiter, which is called.
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

namespace waitmap::detail {

// How compilers call the functions of a coroutine's frame.
#if defined(__clang__) && defined(__i386__)
#define WAIT_MAP_FRAME_CALL __attribute__((fastcall))
#else
#define WAIT_MAP_FRAME_CALL
#endif

// The frame of a coroutine begins with two functions, one that resumes it and one that destroys it: so it is
// with g++, clang and Microsoft's compiler, whose frames call each other. An owner derives from this, and is
// resumed or destroyed as a coroutine would be: lists and resumers know no difference.
class owner_frame {
 public:
  std::coroutine_handle<> handle() noexcept {
    return std::coroutine_handle<>::from_address(static_cast<void*>(this));
  }

 protected:
  // Owner::resume() may end the life of *this, and throw. Owner::destroy(): who was to resume it does not.
  template <class Owner>
  explicit owner_frame(std::in_place_type_t<Owner>) noexcept
      : resume_(&resume<Owner>), destroy_(&destroy<Owner>) {}

 private:
  using function = void(WAIT_MAP_FRAME_CALL*)(void*);

  template <class Owner>
  static void WAIT_MAP_FRAME_CALL resume(void* frame) {
    static_cast<Owner*>(static_cast<owner_frame*>(frame))->resume();
  }
  template <class Owner>
  static void WAIT_MAP_FRAME_CALL destroy(void* frame) {
    static_cast<Owner*>(static_cast<owner_frame*>(frame))->destroy();
  }

  [[maybe_unused]] function resume_;
  [[maybe_unused]] function destroy_;
};
static_assert(std::is_standard_layout_v<owner_frame>);

#undef WAIT_MAP_FRAME_CALL

}  // namespace waitmap::detail
