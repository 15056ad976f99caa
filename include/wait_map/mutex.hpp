// word_mutex, the lock of one word that spins briefly and then parks; null_mutex, no lock at all.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/processor.hpp>
#include <wait_map/detail/readers.hpp>

#if defined(__linux__)
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace waitmap {

#if defined(__linux__)
namespace detail {

// The number of threads that may sleep, for whatever word_mutex: all that a release looks at, while
// there are none. In a line that is else not written to.
struct alignas(64) sleeper_count {
  std::atomic<std::uint32_t> number{0};
};
WAIT_MAP_ONE_PER_PROGRAM inline constinit sleeper_count sleepers_anywhere{};

// What is known of the sleepers of a word_mutex, and of the others that share the place. Shards lie
// 128 bytes apart, and so have different ones.
struct sleeping_place {
  std::atomic<std::uint32_t> sleepers{0};   // threads that may sleep
  std::atomic<const void*> woken{nullptr};  // where one was woken that has not tried to lock since
};
WAIT_MAP_ONE_PER_PROGRAM inline constinit std::array<sleeping_place, 256> sleeping_places{};

inline sleeping_place& sleeping_place_of(const void* mutex) noexcept {
  return sleeping_places[(reinterpret_cast<std::uintptr_t>(mutex) / 128) % sleeping_places.size()];
}

}  // namespace detail
#endif

/// A mutex for critical sections of some ten nanoseconds: taken by one exchange, released by one
/// plain store, one word. A thread that finds it taken spins for some microseconds and then sleeps
/// in the kernel.
///
/// Threads: lock and unlock from any thread; unlock by the owner. Not recursive, not fair.
///
/// Readers exclude each other like owners, until as many as ReadsUntilShared (for each processor,
/// if PerProcessor) have come in a row with no owner between them: then they share it. A reader
/// that shares writes to no line that others use: it notes the mutex in a line of its own, looks
/// whether it is still shared, and reads. Measured against readers that take turns: a lookup in
/// 1,000 keys costs 1.7 times an unlocked one instead of 2.5, and two threads do not hinder each
/// other. The owner that ends it pays some microseconds, which the reads before have saved.
///
/// How plain stores are enough: unlock() stores "free" and then reads whether there are sleepers; a
/// reader stores its note and then reads whether the mutex is shared. The processor may perform
/// that read before the store is seen by others, so a sleeper or an owner could be overlooked. The
/// rare side pays: it announces itself and then has the kernel run a full barrier on every
/// processor that runs this process (membarrier). After it, either the rare side sees the store, or
/// the other's read comes later and sees the announcement. Where the kernel refuses membarrier,
/// nothing is shared, and sleepers wake every millisecond to look again; else every 50, for plugins
/// that were loaded with a counter of their own. Measured against a release by exchange: a lookup
/// in 1,000 keys by an owner costs 2.4 times an unlocked one instead of 4.1.
///
/// One sleeper at a time is woken: while it is on its way others may take the mutex and release it
/// many times, with no more calls of the kernel.
///
/// Lifetime: neither unlock() nor a reader that shares touches the mutex after it has released it,
/// so whoever has locked it last may destroy it. Sleepers are therefore counted outside, all
/// together and by address; a wake-up at an address that is gone wakes nobody, or, as futexes may,
/// somebody who looks and sleeps again.
template <std::uint32_t ReadsUntilShared, bool PerProcessor = false>
class WAIT_MAP_CAPABILITY("mutex") basic_word_mutex {
 public:
  constexpr basic_word_mutex() noexcept = default;
  basic_word_mutex(const basic_word_mutex&) = delete;
  basic_word_mutex& operator=(const basic_word_mutex&) = delete;

  void lock(const detail::reader_group& readers = {}) noexcept
      WAIT_MAP_ACQUIRE() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    // acquire: partner of the store in unlock()
    const std::uint32_t before = word_.exchange(taken, std::memory_order_acquire);
    if ((before & in_use) != 0) [[unlikely]]
      lock_slowly(before, readers);
  }
  void unlock() noexcept WAIT_MAP_RELEASE() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS { release(free); }

  /// What start_reading() returns and end_reading() takes.
  struct reading {
    detail::reader* sharing;  // nullptr: this reader is the owner
    std::uint32_t before;
  };
  /// Until end_reading(), on the same thread, there is no owner but perhaps this reader. `readers`
  /// is the same for all who use the mutex.
  reading start_reading(const detail::reader_group& readers = {}) noexcept
      WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    // relaxed: a hint
    if (word_.load(std::memory_order_relaxed) == shared) {
      detail::reader& self = *detail::this_reader();
      // Not while it reads under another one, or where it is on another list.
      if (self.list == readers.list && self.mutex.load(std::memory_order_relaxed) == nullptr) {
        // release: an owner of the mutex that it read under before may see this note
        self.mutex.store(this, std::memory_order_release);
        // Keeps the compiler from moving the load up; costs no instruction.
        std::atomic_signal_fence(std::memory_order_seq_cst);
        // acquire: partner of the release that made it shared; ordered after the note by the
        // owner's membarrier
        if (word_.load(std::memory_order_acquire) == shared) [[likely]]
          return {&self, 0};
        self.mutex.store(nullptr, std::memory_order_release);
      }
    }
    std::uint32_t before = word_.exchange(taken, std::memory_order_acquire);
    if ((before & in_use) != 0) [[unlikely]]
      before = lock_slowly(before, readers);
    return {nullptr, before};
  }
  void end_reading(reading started) noexcept WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    if (started.sharing != nullptr) {
      // release: partner of the owner that waits until it is unread
      started.sharing->mutex.store(nullptr, std::memory_order_release);
      return;
    }
    const std::uint32_t reads = started.before + one_read;
    release(reads < ReadsUntilShared * one_read ? reads : shared_or(reads));
  }

 private:
  // The word: whether it is in use, and above that, where it is free, the reads since it had an
  // owner.
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t taken = 1;
  static constexpr std::uint32_t shared = 2;
  static constexpr std::uint32_t taken_with_sleepers = 3;  // not on Linux
  static constexpr std::uint32_t in_use = 3;
  static constexpr std::uint32_t one_read = 4;
  static_assert(ReadsUntilShared != 0 && ReadsUntilShared < 10'000);

  // What the word says after as many reads as may be enough.
  WAIT_MAP_NOINLINE static std::uint32_t shared_or(std::uint32_t reads) noexcept {
    if (!detail::has_barrier()) return free;
    const std::uint32_t times = PerProcessor ? detail::processors() : 1;
    return reads / one_read < ReadsUntilShared * times ? reads : shared;
  }

  // Takes it, if nobody has it, and leaves `as` in the word. Returns what the word was, or `taken`.
  std::uint32_t try_take(std::uint32_t as, const detail::reader_group& readers) noexcept {
    const std::uint32_t before = word_.exchange(as, std::memory_order_acquire);
    if ((before & taken) != 0) return taken;
    if (before != shared) return before;
    readers.list->wait_until_unread(this);
    return free;
  }

  // Spins, with growing pauses, for about 10 microseconds. Returns as try_take() does.
  std::uint32_t spin(std::uint32_t as, const detail::reader_group& readers) noexcept {
    for (int pauses = 1; pauses <= 64; pauses *= 2) {
      for (int i = 0; i < pauses; ++i) detail::pause_processor();
      // relaxed: only a hint whether to try
      if ((word_.load(std::memory_order_relaxed) & taken) != 0) continue;
      const std::uint32_t before = try_take(as, readers);
      if (before != taken) return before;
    }
    return taken;
  }

#if defined(__linux__)
  void release(std::uint32_t as) noexcept {
    word_.store(as, std::memory_order_release);  // partner: the exchanges that take the lock
    // Keeps the compiler from moving the load up; costs no instruction.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    // relaxed: ordered after the store by the sleeper's membarrier, see above
    if (detail::sleepers_anywhere.number.load(std::memory_order_relaxed) != 0) [[unlikely]]
      wake_one(this);
  }

  // The word was in use, and says now that it is taken. Returns what it was when it was got.
  WAIT_MAP_NOINLINE std::uint32_t lock_slowly(std::uint32_t before,
                                              const detail::reader_group& readers) noexcept {
    if (before == shared) {
      readers.list->wait_until_unread(this);
      return free;
    }
    before = spin(taken, readers);
    if (before != taken) return before;
    // relaxed: the barrier below orders them
    std::atomic<std::uint32_t>& sleepers = detail::sleeping_place_of(this).sleepers;
    sleepers.fetch_add(1, std::memory_order_relaxed);
    detail::sleepers_anywhere.number.fetch_add(1, std::memory_order_relaxed);
    const bool ordered = detail::barrier_on_all_processors();
    while ((before = try_take(taken, readers)) == taken) {
      sleep_while_taken(ordered);
      has_come(this);
    }
    sleepers.fetch_sub(1, std::memory_order_relaxed);
    detail::sleepers_anywhere.number.fetch_sub(1, std::memory_order_relaxed);
    return before;
  }

  // Returns when woken, when the word is not `taken`, at a signal, or when it is time to look
  // again.
  void sleep_while_taken(bool ordered) noexcept {
    timespec longest{};
    longest.tv_nsec = ordered ? 50'000'000 : 1'000'000;
    syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, taken, &longest, nullptr, 0);
  }

  // The mutex, of which word_ is all, may be gone.
  //
  // Nobody is woken while one is on its way: that one will find the mutex free, or somebody has taken
  // it since, and looks for sleepers when releasing it.
  WAIT_MAP_NOINLINE static void wake_one(const void* word) noexcept {
    detail::sleeping_place& place = detail::sleeping_place_of(word);
    // relaxed: as in release()
    if (place.sleepers.load(std::memory_order_relaxed) == 0) return;
    // release: the one on its way sees that the mutex was released
    if (place.woken.exchange(word, std::memory_order_acq_rel) == word) return;
    if (call_futex_wake(word)) return;
    // Nobody slept there. But others may have relied on the one on its way, and somebody may have
    // fallen asleep before they came.
    has_come(word);
    call_futex_wake(word);
  }
  // Returns whether anybody was woken.
  static bool call_futex_wake(const void* word) noexcept {
    return syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0) > 0;
  }
  // From here on whoever releases the mutex wakes again.
  static void has_come(const void* word) noexcept {
    const void* on_its_way = word;
    // acquire: partner of the release by those who have relied on it
    detail::sleeping_place_of(word).woken.compare_exchange_strong(
        on_its_way, nullptr, std::memory_order_acq_rel, std::memory_order_acquire);
  }
#else
  void release(std::uint32_t as) noexcept {
    // release: partner of the exchanges that take the lock
    if (word_.exchange(as, std::memory_order_release) == taken_with_sleepers) [[unlikely]] {
      word_.notify_one();
    }
  }

  WAIT_MAP_NOINLINE std::uint32_t lock_slowly(std::uint32_t before,
                                              const detail::reader_group& readers) noexcept {
    // lock() may have overwritten the mark of a sleeper: so whoever gets it here wakes one.
    before = spin(taken_with_sleepers, readers);
    while (before == taken) {
      before = try_take(taken_with_sleepers, readers);
      if (before == taken) word_.wait(taken_with_sleepers, std::memory_order_relaxed);
    }
    return before;
  }
#endif

  std::atomic<std::uint32_t> word_{free};
};

/// The mutex of default_policy. The more processors the barrier interrupts, the more reads must
/// have saved for it.
using word_mutex = basic_word_mutex<1024, true>;

/// No lock: for maps that one thread uses (single_threaded_policy).
class WAIT_MAP_CAPABILITY("mutex") null_mutex {
 public:
  void lock() noexcept WAIT_MAP_ACQUIRE() {}
  void unlock() noexcept WAIT_MAP_RELEASE() {}
};

}  // namespace waitmap
