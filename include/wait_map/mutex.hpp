// word_mutex, the lock of one word that spins briefly and then parks; null_mutex, no lock at all.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include <wait_map/detail/annotations.hpp>

#if defined(__linux__)
#include <ctime>

#include <linux/futex.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace waitmap {

namespace detail {

inline void pause_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

#if defined(__linux__)
// Threads that may sleep for a word_mutex at this address, or at one of the others that share the
// counter.
inline constinit std::array<std::atomic<std::uint32_t>, 256> sleepers{};

inline std::atomic<std::uint32_t>& sleepers_at(const void* mutex) noexcept {
  return sleepers[(reinterpret_cast<std::uintptr_t>(mutex) / 64) % sleepers.size()];
}
#endif

}  // namespace detail

/// A mutex for critical sections of some ten nanoseconds: taken by one exchange, released by one
/// plain store, one word. A thread that finds it taken spins for some microseconds
/// and then sleeps in the kernel.
///
/// Threads: lock and unlock from any thread; unlock by the owner. Not recursive, not fair.
///
/// How a release by a plain store finds the sleeper: unlock() stores "free" and then reads whether
/// there are sleepers. The processor may perform that read before the store is seen by others, so a
/// thread about to sleep could be overlooked. The rare side pays: it announces itself and then has
/// the kernel run a full barrier on every processor that runs this process (membarrier). After it,
/// either the sleeper sees the lock free, or the owner's read comes later and sees the sleeper.
/// Where the kernel refuses membarrier, sleepers wake every millisecond to look again. Measured
/// against a release by exchange: a lookup in 1,000 keys costs 2.4 times an unlocked one instead of
/// 4.1.
///
/// Lifetime: unlock() does not touch the mutex after it has released it, so whoever has locked it
/// last may destroy it. Sleepers are therefore counted outside, by address; a wake-up at an address
/// that is gone wakes nobody, or, as futexes may, somebody who looks and sleeps again.
class WAIT_MAP_CAPABILITY("mutex") word_mutex {
 public:
  constexpr word_mutex() noexcept = default;
  word_mutex(const word_mutex&) = delete;
  word_mutex& operator=(const word_mutex&) = delete;

  void lock() noexcept WAIT_MAP_ACQUIRE() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    // acquire: partner of the store in unlock()
    if (word_.exchange(taken, std::memory_order_acquire) != free) [[unlikely]]
      lock_slowly();
  }

#if defined(__linux__)
  void unlock() noexcept WAIT_MAP_RELEASE() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    const std::atomic<std::uint32_t>& sleepers = detail::sleepers_at(this);
    word_.store(free, std::memory_order_release);  // partner: the exchanges that take the lock
    // Keeps the compiler from moving the load up; costs no instruction.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    // relaxed: ordered after the store by the sleeper's membarrier, see above
    if (sleepers.load(std::memory_order_relaxed) != 0) [[unlikely]]
      wake_one(this);
  }
#else
  void unlock() noexcept WAIT_MAP_RELEASE() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    // release: partner of the exchanges that take the lock
    if (word_.exchange(free, std::memory_order_release) == taken_with_sleepers) [[unlikely]] {
      word_.notify_one();
    }
  }
#endif

 private:
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t taken = 1;

  // Spins, with growing pauses, for about 10 microseconds. Returns whether it got the lock.
  bool spin() noexcept {
    for (int pauses = 1; pauses <= 64; pauses *= 2) {
      for (int i = 0; i < pauses; ++i) detail::pause_processor();
      // relaxed: only a hint whether to try
      if (word_.load(std::memory_order_relaxed) != free) continue;
      if (word_.exchange(taken, std::memory_order_acquire) == free) return true;
    }
    return false;
  }

#if defined(__linux__)
  WAIT_MAP_NOINLINE void lock_slowly() noexcept {
    if (spin()) return;
    // relaxed: the barrier below orders it
    std::atomic<std::uint32_t>& sleepers = detail::sleepers_at(this);
    sleepers.fetch_add(1, std::memory_order_relaxed);
    const bool ordered = barrier_on_all_processors();
    while (word_.exchange(taken, std::memory_order_acquire) != free) sleep_while_taken(ordered);
    sleepers.fetch_sub(1, std::memory_order_relaxed);
  }

  static bool barrier_on_all_processors() noexcept {
    static const bool registered =
        syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0;
    return registered && syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
  }

  // Returns when woken, when the word is not `taken`, at a signal, or, if the barrier failed, after
  // 1 ms.
  void sleep_while_taken(bool ordered) noexcept {
    timespec millisecond{};
    millisecond.tv_nsec = 1'000'000;
    syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, taken, ordered ? nullptr : &millisecond, nullptr,
            0);
  }

  // The mutex, of which word_ is all, may be gone.
  WAIT_MAP_NOINLINE static void wake_one(const void* word) noexcept {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
#else
  static constexpr std::uint32_t taken_with_sleepers = 2;

  WAIT_MAP_NOINLINE void lock_slowly() noexcept {
    if (spin()) return;
    while (word_.exchange(taken_with_sleepers, std::memory_order_acquire) != free) {
      word_.wait(taken_with_sleepers, std::memory_order_relaxed);
    }
  }
#endif

  std::atomic<std::uint32_t> word_{free};
};

/// No lock: for maps that one thread uses (single_threaded_policy).
class WAIT_MAP_CAPABILITY("mutex") null_mutex {
 public:
  void lock() noexcept WAIT_MAP_ACQUIRE() {}
  void unlock() noexcept WAIT_MAP_RELEASE() {}
};

}  // namespace waitmap
