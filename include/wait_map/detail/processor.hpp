// processor: a pause in a loop that spins, a prefetch, a barrier on all processors, their number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <thread>

#include <wait_map/detail/annotations.hpp>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace waitmap::detail {

inline void pause_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

// Asks for a line of the cache that will soon be written to. `address` need not be valid.
WAIT_MAP_ALWAYS_INLINE inline void prefetch_to_write(
    [[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(address, 1);
#endif
}

// A full memory barrier on every processor that runs this process. So the frequent side of a
// handshake needs none: it writes, keeps only the compiler in order, and reads what the rare side
// writes before the barrier. Returns false where the kernel refuses.
inline bool barrier_on_all_processors() noexcept {
#if defined(__linux__)
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0) return true;
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0 &&
         syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
#else
  return false;
#endif
}
inline bool has_barrier() noexcept {
  static const bool has = barrier_on_all_processors();
  return has;
}

inline std::uint32_t processors() noexcept {
  static const std::uint32_t count = std::clamp(std::thread::hardware_concurrency(), 1u, 1024u);
  return count;
}

}  // namespace waitmap::detail
