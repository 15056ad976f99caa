// barrier: whether readers can share the library's lock here.
#pragma once

#include <wait_map/detail/kernel.hpp>

#include "support/catch.hpp"

namespace support {

inline bool barrier_is_granted() {
  if (waitmap::detail::has_barrier()) return true;
  WARN("the kernel refuses membarrier: nothing is shared here");
  return false;
}

}  // namespace support
