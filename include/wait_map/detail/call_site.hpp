// call_site: where a wait was called, as the default argument of the functions that wait.
#pragma once

#include <source_location>

// Newer g++ refuse a call of a consteval constructor in the default argument of what a coroutine awaits, in
// most forms of co_await. g++ 12 does not, and made constexpr it would keep 16 bytes more in each frame.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 13
#define WAIT_MAP_CALL_SITE constexpr
#else
#define WAIT_MAP_CALL_SITE consteval
#endif

namespace waitmap::detail {

// Converts from and to std::source_location. `call_site where = {}` names the line of the call, as
// `std::source_location where = std::source_location::current()` would. But g++ 12 keeps two
// temporaries of the latter in the frame of a coroutine that awaits the call, and one of this: 8
// bytes less.
class call_site {
  struct made_here {};

 public:
  WAIT_MAP_CALL_SITE call_site(
      made_here = {}, std::source_location where = std::source_location::current()) noexcept
      : where_(where) {}
  constexpr call_site(std::source_location where) noexcept
      : where_(where) {}  // NOLINT(google-explicit-constructor)

  constexpr operator std::source_location() const noexcept {
    return where_;
  }  // NOLINT(google-explicit-constructor)

 private:
  std::source_location where_;
};

}  // namespace waitmap::detail

#undef WAIT_MAP_CALL_SITE
