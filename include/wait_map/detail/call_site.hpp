// call_site: where a wait was called, as the default argument of the functions that wait.
#pragma once

#include <source_location>

namespace waitmap::detail {

// Converts from and to std::source_location. `call_site where = {}` names the line of the call, as
// `std::source_location where = std::source_location::current()` would. But g++ 12 keeps two
// temporaries of the latter in the frame of a coroutine that awaits the call, and one of this: 8
// bytes less.
class call_site {
  struct made_here {};

 public:
  consteval call_site(made_here = {},
                      std::source_location place = std::source_location::current()) noexcept
      : place_(place) {}
  constexpr call_site(std::source_location place) noexcept
      : place_(place) {}  // NOLINT(google-explicit-constructor)

  constexpr operator std::source_location() const noexcept {
    return place_;
  }  // NOLINT(google-explicit-constructor)

 private:
  std::source_location place_;
};

}  // namespace waitmap::detail
