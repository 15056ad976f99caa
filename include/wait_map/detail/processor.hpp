// processor: a pause in a loop that spins, a prefetch, the number of processors.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <thread>

#include <wait_map/detail/annotations.hpp>

#if defined(_MSC_VER) && !defined(__clang__)
#include <intrin.h>
#endif

namespace waitmap::detail {

inline void pause_processor() noexcept {
#if defined(_MSC_VER) && !defined(__clang__)
#if defined(_M_IX86) || defined(_M_X64)
  _mm_pause();
#elif defined(_M_ARM64) || defined(_M_ARM64EC)
  __isb(_ARM64_BARRIER_SY);
#endif
#elif defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb" ::: "memory");  // `yield` does nothing on most
#elif defined(__arm__) && __ARM_ARCH >= 7
  asm volatile("yield" ::: "memory");
#elif defined(__riscv)
  asm volatile(".insn i 0x0F, 0, x0, x0, 0x010" ::: "memory");  // `pause`, for every assembler
#elif defined(__powerpc__) || defined(__powerpc64__)
  asm volatile("or 27,27,27" ::: "memory");  // a low priority for this thread
#elif defined(__GNUC__)
  asm volatile("" ::: "memory");
#endif
}

// Asks for a line of the cache that will soon be read, or written to. `address` need not be valid.
WAIT_MAP_ALWAYS_INLINE void prefetch_to_read([[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#endif
}
WAIT_MAP_ALWAYS_INLINE void prefetch_to_write([[maybe_unused]] const void* address) noexcept {
#if defined(__GNUC__)
  __builtin_prefetch(address, 1);
#endif
}

// 0: not asked for yet. Not a static of the function: g++ 14 does not link the guard of one that comes
// out of a module.
inline constinit std::atomic<std::uint32_t> processors_known{0};

// To ask takes microseconds: the answer comes from a file.
inline std::uint32_t processors() noexcept {
  // relaxed: a number, and whoever asks for it first finds the same
  std::uint32_t known = processors_known.load(std::memory_order_relaxed);
  if (known == 0) [[unlikely]] {
    known = std::clamp(std::thread::hardware_concurrency(), 1u, 1024u);
    processors_known.store(known, std::memory_order_relaxed);
  }
  return known;
}

}  // namespace waitmap::detail
