// kernel: what the lock asks of the kernel: to sleep on a word, a barrier on all processors, a call around each
// fork(). None of it changes errno.
#pragma once

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <thread>

#if defined(__linux__)
#include <ctime>

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

// The numbers of the two system calls are all that is needed of the C library's headers. A program may define
// WAIT_MAP_WITHOUT_FUTEXES, in all its files, to have what other systems have (to test it, or for
// ThreadSanitizer, which knows nothing of the barrier).
#if defined(__linux__) && defined(SYS_membarrier) && \
    (defined(SYS_futex) || defined(SYS_futex_time64)) && !defined(WAIT_MAP_WITHOUT_FUTEXES)
#define WAIT_MAP_HAS_FUTEXES 1
#else
#define WAIT_MAP_HAS_FUTEXES 0
#endif

namespace waitmap::detail {

// Threads sleep on a word outside of the library's data, and one thread may have a barrier run on the others'
// processors.
inline constexpr bool has_futexes = WAIT_MAP_HAS_FUTEXES != 0;

// At the end errno says what it said at the beginning.
class errno_kept {
 public:
  errno_kept() = default;
  errno_kept(const errno_kept&) = delete;
  ~errno_kept() { errno = before_; }

 private:
  const int before_ = errno;
};

#if WAIT_MAP_HAS_FUTEXES

// As the kernel's headers have them, which are not always there, or are too old.
inline constexpr int futex_wait_private = 128;
inline constexpr int futex_wake_private = 129;
inline constexpr int membarrier_private_expedited = 8;
inline constexpr int membarrier_register_private_expedited = 16;

// What the system call takes, whatever time_t the program has.
template <class Number>
struct kernel_timespec {
  Number seconds;
  Number nanoseconds;
};
#if defined(__x86_64__)
using kernel_long = std::int64_t;  // with pointers of 32 bits, too
#else
using kernel_long = long;
#endif

// Returns when woken, when the word is not `value`, at a signal, or when it is time.
inline void sleep_while(std::atomic<std::uint32_t>& word, std::uint32_t value,
                        std::int64_t nanoseconds) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  const errno_kept kept;
#if defined(SYS_futex_time64)
  kernel_timespec<std::int64_t> span{nanoseconds / second, nanoseconds % second};
  if (syscall(SYS_futex_time64, &word, futex_wait_private, value, &span, nullptr, 0) == 0) return;
  if (errno != ENOSYS) return;
#endif
#if defined(SYS_futex)
  kernel_timespec<kernel_long> longest{static_cast<kernel_long>(nanoseconds / second),
                                       static_cast<kernel_long>(nanoseconds % second)};
  syscall(SYS_futex, &word, futex_wait_private, value, &longest, nullptr, 0);
#endif
}

// Returns whether anybody was woken. The word may be gone.
inline bool wake_sleeper(const void* word) noexcept {
  const errno_kept kept;
#if defined(SYS_futex)
  if (syscall(SYS_futex, word, futex_wake_private, 1, nullptr, nullptr, 0) > 0) return true;
#if defined(SYS_futex_time64)
  if (errno != ENOSYS) return false;
#else
  return false;
#endif
#endif
#if defined(SYS_futex_time64)
  return syscall(SYS_futex_time64, word, futex_wake_private, 1, nullptr, nullptr, 0) > 0;
#endif
}

// A full memory barrier on every processor that runs this process. So the frequent side of a
// handshake needs none: it writes, keeps only the compiler in order, and reads what the rare side
// writes before the barrier. Returns false where the kernel refuses.
inline bool barrier_on_all_processors() noexcept {
  const errno_kept kept;
  if (syscall(SYS_membarrier, membarrier_private_expedited, 0, 0) == 0) return true;
  return syscall(SYS_membarrier, membarrier_register_private_expedited, 0, 0) == 0 &&
         syscall(SYS_membarrier, membarrier_private_expedited, 0, 0) == 0;
}

inline void rest(long nanoseconds) noexcept {
  const errno_kept kept;
  timespec span{};
  span.tv_nsec = nanoseconds;
  nanosleep(&span, nullptr);
}

#else

// Never called: where there are no futexes.
inline void sleep_while(std::atomic<std::uint32_t>&, std::uint32_t, std::int64_t) noexcept {}
inline bool wake_sleeper(const void*) noexcept { return false; }
inline bool barrier_on_all_processors() noexcept { return false; }
inline void rest(long) noexcept { std::this_thread::yield(); }

#endif

enum class answer : std::uint8_t { unknown, yes, no };
inline constinit std::atomic<answer> barrier_is_granted{answer::unknown};

inline bool has_barrier() noexcept {
  // relaxed: an answer, and whoever asks for it first finds the same
  answer known = barrier_is_granted.load(std::memory_order_relaxed);
  if (known == answer::unknown) [[unlikely]] {
    known = barrier_on_all_processors() ? answer::yes : answer::no;
    barrier_is_granted.store(known, std::memory_order_relaxed);
  }
  return known == answer::yes;
}

// Three functions that are called around each fork(): from when watch() has first returned true.
class fork_watch {
 public:
  constexpr fork_watch() noexcept = default;

  // Returns false where that fails, and while another thread is about it.
  bool watch([[maybe_unused]] void (*before)(), [[maybe_unused]] void (*in_parent)(),
             [[maybe_unused]] void (*in_child)()) noexcept {
#if WAIT_MAP_HAS_FUTEXES
    state known = state_.load(std::memory_order_acquire);  // partner of the store
    if (known == state::none &&
        state_.compare_exchange_strong(known, state::begun, std::memory_order_relaxed,
                                       std::memory_order_relaxed)) {
      const errno_kept kept;
      known = pthread_atfork(before, in_parent, in_child) == 0 ? state::done : state::none;
      state_.store(known, std::memory_order_release);
    }
    return known == state::done;
#else
    return true;
#endif
  }

 private:
  enum class state : std::uint8_t { none, begun, done };
  [[maybe_unused]] std::atomic<state> state_{state::none};
};

}  // namespace waitmap::detail

#undef WAIT_MAP_HAS_FUTEXES
