// The end of a program that cannot go on: a message that says what to do, then abort.
#pragma once

#include <cstdio>
#include <cstdlib>

#include <wait_map/detail/annotations.hpp>

namespace waitmap::detail {

[[noreturn]] WAIT_MAP_NOINLINE inline void fatal(const char* message) noexcept {
  std::fprintf(stderr, "wait_map: %s\n", message);
  std::fflush(stderr);
  std::abort();
}

}  // namespace waitmap::detail
