/// @file
/// word_mutex, the lock of one word that spins briefly and then parks; null_mutex, no lock at all.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/kernel.hpp>
#include <wait_map/detail/processor.hpp>
#include <wait_map/detail/readers.hpp>
#include <wait_map/detail/sleepers.hpp>

namespace waitmap {

/// A mutex for critical sections of some ten nanoseconds: taken by one exchange, released by one
/// plain store, one word. A thread that finds it taken spins for some microseconds and then sleeps
/// in the kernel.
///
/// Threads: any thread may lock it; the owner unlocks it. It is neither recursive nor fair.
///
/// At first readers exclude each other, like owners. When ReadsUntilShared readers (for each processor,
/// if PerProcessor) have come in a row with no owner between them, readers share the mutex. A reader
/// that shares it writes to no line that others use: it notes the mutex in a line of its own, looks
/// whether it is still shared, and reads. Measured against readers that take turns: a lookup in
/// 1,000 keys costs 1.7 times an unlocked one instead of 2.5, and two threads do not hinder each
/// other. The owner that ends the sharing pays some microseconds, which the reads before have saved. Where
/// they were too few, the mutex asks for twice as many before it is shared again, at most
/// 2^MostPatience times as many.
///
/// Why plain stores are enough: unlock() stores "free" and then reads whether there are sleepers. A
/// reader stores its note and then reads whether the mutex is shared. The processor may perform
/// that read before others see the store, so a sleeper or an owner could be overlooked. The
/// rare side pays: it announces itself and then has the kernel run a full barrier on every
/// processor that runs this process (membarrier). After it, either the rare side sees the store, or
/// the other's read comes later and sees the announcement. Where the kernel refuses membarrier,
/// nothing is shared, and sleepers wake every millisecond to look again. Where it does not, they wake every 50
/// milliseconds, because of an unlock() in a shared object with counters of its own that was not given the group (see
/// unlock()). Measured against a release by exchange: a lookup
/// in 1,000 keys by an owner costs 2.4 times an unlocked one instead of 4.1.
///
/// One sleeper at a time is woken. While it is on its way, others may take the mutex and release it
/// many times, with no more calls of the kernel.
///
/// fork(): a child may lock a mutex that no other thread owned when the process forked. Readers that shared
/// it then, and threads that slept, do not exist in the child and are forgotten there. A mutex that another
/// thread owned (a writer, or a reader of a mutex that is not shared) stays locked, as a std::mutex
/// does. So a child may call a map if no other thread was inside a call of it, except in callables of
/// visit() and for_each() under a lock that was shared. vfork() and clone() forget nobody.
///
/// Nothing here changes errno.
///
/// Lifetime: neither unlock() nor a reader that shares touches the mutex after it has released it.
/// So the thread that has locked it last may destroy it. Therefore sleepers are counted outside, all
/// together and by address. A wake-up at an address that is gone wakes nobody, or, as futexes may,
/// somebody who looks and sleeps again.
///
/// @tparam ReadsUntilShared  the reads in a row after which readers share the mutex, 1 to 9,999.
/// @tparam PerProcessor      whether that many are needed for each processor.
/// @tparam MostPatience      how often that number may double, at most 6.
template <std::uint32_t ReadsUntilShared, bool PerProcessor = false, std::uint32_t MostPatience = 6>
class WAIT_MAP_CAPABILITY("mutex") basic_word_mutex {
 public:
  constexpr basic_word_mutex() noexcept = default;                ///< Makes a mutex that is free.
  basic_word_mutex(const basic_word_mutex&) = delete;             ///< It stays where it is.
  basic_word_mutex& operator=(const basic_word_mutex&) = delete;  ///< It stays where it is.

  /// Waits until the mutex is free and takes it.
  ///
  /// `group` must be the same for all calls on a mutex, in whatever shared object. If it is left out, it is the group of
  /// the shared object that calls. That will do for a mutex that only one of them uses, or where all have one group.
  void lock(const detail::reader_group& group = {}) noexcept
      WAIT_MAP_ACQUIRE() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    // acquire: partner of the store in unlock()
    const std::uint32_t before = word_.exchange(taken, std::memory_order_acquire);
    if ((before & in_use) != 0) [[unlikely]]
      get_slowly(before, group, purpose::own);
  }
  /// Releases the mutex, and wakes a sleeper if there is one. `group`: see lock().
  void unlock(const detail::reader_group& group = {}) noexcept
      WAIT_MAP_RELEASE() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    release(free, group);
  }

  /// What start_reading() returns and end_reading() takes.
  struct reading {
    detail::reader* sharing;  ///< null if this reader is the owner
    std::uint32_t before;     ///< the word before it was taken
  };
  /// Waits until nobody else owns the mutex. Until end_reading(), on the same thread, nobody but perhaps this reader is
  /// its owner. `group`: see lock().
  reading start_reading(const detail::reader_group& group = {}) noexcept
      WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    // relaxed: a hint
    if (is_shared(word_.load(std::memory_order_relaxed))) {
      detail::reader* const self = sharer_of(group);
      if (self != nullptr && share(*self)) [[likely]]
        return {self, 0};
    }
    const std::uint32_t before = word_.exchange(taken, std::memory_order_acquire);
    if ((before & in_use) != 0) [[unlikely]]
      return get_slowly(before, group, purpose::read);
    return {nullptr, before};
  }
  /// Ends what start_reading() has begun. `group`: see lock().
  void end_reading(reading started, const detail::reader_group& group = {}) noexcept
      WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    if (started.sharing != nullptr) {
      // release: partner of the owner that waits until it is unread
      started.sharing->mutex.store(nullptr, std::memory_order_release);
      return;
    }
    const std::uint32_t reads = started.before + one_read;
    release((reads / one_read) % ReadsUntilShared != 0 ? reads : shared_or(reads), group);
  }

 private:
  // The word: whether it is in use, and above that, where it is free, the reads since it had an
  // owner; where it is shared, one for each `sample` reads.
  static constexpr std::uint32_t free = 0;
  static constexpr std::uint32_t taken = 1;
  static constexpr std::uint32_t shared = 2;
  static constexpr std::uint32_t taken_with_sleepers = 3;  // without futexes
  static constexpr std::uint32_t in_use = 3;
  static constexpr std::uint32_t one_read = 4;
  static constexpr bool is_shared(std::uint32_t word) noexcept { return (word & in_use) == shared; }
  static_assert(ReadsUntilShared != 0 && ReadsUntilShared < 10'000 && MostPatience <= 6);

  // How many reads of a thread, under whatever mutex, count as one for the mutex that the last was under.
  static constexpr std::uint32_t sample = 2 * ReadsUntilShared;
  // How many of these pay for the barrier that ends the sharing: on average 8,192 reads, each of which saved some
  // nanoseconds, for two barriers of 12 to 17 microseconds, since another processor pays, too.
  static constexpr std::uint32_t samples_that_pay = 4;

  enum class purpose : std::uint8_t { own, read };

  // What the word says after as many reads as may be enough.
  WAIT_MAP_NOINLINE std::uint32_t shared_or(std::uint32_t reads) const noexcept {
    if (!detail::has_barrier()) return free;
    const std::uint32_t times = (PerProcessor ? detail::processors() : 1) << patience_;
    return reads / one_read < ReadsUntilShared * times ? reads : shared;
  }

  // This thread as one that may share: not while it reads under another mutex, or where it is on
  // another list.
  static detail::reader* sharer_of(const detail::reader_group& group) noexcept {
    detail::reader& self = *detail::this_reader();
    const bool may = self.list == group.list &&
                     self.mutex.load(std::memory_order_relaxed) == nullptr;  // its own store
    return may ? &self : nullptr;
  }

  // Notes that it reads, if the mutex is shared. Returns whether it is.
  bool share(detail::reader& self) noexcept {
    // release: an owner of the mutex that it read under before may see this note
    self.mutex.store(this, std::memory_order_release);
    // Keeps the compiler from moving the load up; costs no instruction.
    std::atomic_signal_fence(std::memory_order_seq_cst);
    // acquire: partner of the release that made it shared; ordered after the note by the
    // owner's membarrier
    if (is_shared(word_.load(std::memory_order_acquire))) [[likely]] {
      if (++self.shared_reads % sample == 0) [[unlikely]]
        count_sample();
      return true;
    }
    self.mutex.store(nullptr, std::memory_order_release);
    return false;
  }

  // While this thread shares it.
  WAIT_MAP_NOINLINE void count_sample() noexcept {
    // relaxed: a number, for the owner that ends the sharing. If one has come, it is not counted.
    std::uint32_t before = word_.load(std::memory_order_relaxed);
    if (is_shared(before) && before / one_read < samples_that_pay) {
      word_.compare_exchange_strong(before, before + one_read, std::memory_order_relaxed,
                                    std::memory_order_relaxed);
    }
  }

  // By the owner, who found it shared.
  void end_sharing(std::uint32_t before, const detail::reader_group& group) noexcept {
    group.list->wait_until_unread(this);
    if (before / one_read >= samples_that_pay) {
      if (patience_ != 0) --patience_;
    } else if (patience_ < MostPatience) {
      ++patience_;
    }
  }

  // The word has been exchanged, and was got.before. Returns whether this thread has the mutex now.
  bool resolve(reading& got, const detail::reader_group& group, purpose what_for) noexcept {
    if ((got.before & taken) != 0) return false;
    if (!is_shared(got.before)) return true;
    if (what_for == purpose::read) {
      // Others share it, and were not to be disturbed.
      if (detail::reader* const self = sharer_of(group)) {
        release(got.before, group);
        if (share(*self)) got.sharing = self;
        return got.sharing != nullptr;
      }
    }
    end_sharing(got.before, group);
    got.before = free;
    return true;
  }

  // Tries to get it. An owner leaves `as` in the word.
  bool try_get(reading& got, std::uint32_t as, const detail::reader_group& group,
               purpose what_for) noexcept {
    // relaxed: a hint
    if (what_for == purpose::read && is_shared(word_.load(std::memory_order_relaxed))) {
      detail::reader* const self = sharer_of(group);
      if (self != nullptr && share(*self)) {
        got.sharing = self;
        return true;
      }
    }
    got.before = word_.exchange(as, std::memory_order_acquire);
    return resolve(got, group, what_for);
  }

  // Likewise, with growing pauses, for about 10 microseconds.
  bool spin(reading& got, std::uint32_t as, const detail::reader_group& group,
            purpose what_for) noexcept {
    for (int pauses = 1; pauses <= 64; pauses *= 2) {
      for (int i = 0; i < pauses; ++i) detail::pause_processor();
      // relaxed: only a hint whether to try
      if ((word_.load(std::memory_order_relaxed) & taken) != 0) continue;
      if (try_get(got, as, group, what_for)) return true;
    }
    return false;
  }

  // The word was in use, and says now that it is taken.
  WAIT_MAP_NOINLINE reading get_slowly(std::uint32_t before, const detail::reader_group& group,
                                       purpose what_for) noexcept {
    reading got{nullptr, before};
    if (resolve(got, group, what_for)) return got;
    if constexpr (detail::has_futexes) {
      if (!spin(got, taken, group, what_for)) sleep_until_got(got, group, what_for);
    } else {
      const detail::errno_kept kept;
      // lock() may have overwritten the mark of a sleeper: so whoever gets it here wakes one.
      if (spin(got, taken_with_sleepers, group, what_for)) return got;
      while (!try_get(got, taken_with_sleepers, group, what_for))
        word_.wait(taken_with_sleepers, std::memory_order_relaxed);
    }
    return got;
  }

  void sleep_until_got(reading& got, const detail::reader_group& group, purpose what_for) noexcept {
    detail::watch_sleepers_at_fork();
    std::atomic<std::uint32_t>& sleepers = group.sleepers->bucket_of(this).sleepers;
    // relaxed: the barrier below orders them
    sleepers.fetch_add(1, std::memory_order_relaxed);
    group.sleepers->number.fetch_add(1, std::memory_order_relaxed);
    const bool ordered = detail::barrier_on_all_processors();
    while (!try_get(got, taken, group, what_for)) {
      detail::sleep_while(word_, taken, ordered ? 50'000'000 : 1'000'000);
      has_come(this, *group.sleepers);
    }
    sleepers.fetch_sub(1, std::memory_order_relaxed);
    group.sleepers->number.fetch_sub(1, std::memory_order_relaxed);
    // An owner wakes the next one when it releases the mutex. A reader that shares does not.
    if (got.sharing != nullptr) wake_one(this, *group.sleepers);
  }

  void release(std::uint32_t as, const detail::reader_group& group) noexcept {
    if constexpr (detail::has_futexes) {
      // Looked up before the mutex, and with it the group, may be gone.
      detail::sleeper_table& sleepers = *group.sleepers;
      word_.store(as, std::memory_order_release);  // partner: the exchanges that take the lock
      // Keeps the compiler from moving the load up; costs no instruction.
      std::atomic_signal_fence(std::memory_order_seq_cst);
      // relaxed: ordered after the store by the sleeper's membarrier, see above
      if (sleepers.number.load(std::memory_order_relaxed) != 0) [[unlikely]]
        wake_one(this, sleepers);
    } else {
      // release: partner of the exchanges that take the lock
      if (word_.exchange(as, std::memory_order_release) == taken_with_sleepers) [[unlikely]] {
        const detail::errno_kept kept;
        word_.notify_one();
      }
    }
  }

  // The mutex, which begins with its word, may be gone.
  //
  // Nobody is woken while one is on its way: that one will find the mutex free, or somebody has taken
  // it since, and looks for sleepers when releasing it.
  WAIT_MAP_NOINLINE static void wake_one(const void* word,
                                         detail::sleeper_table& sleepers) noexcept {
    detail::sleepers_bucket& bucket = sleepers.bucket_of(word);
    // relaxed: as in release()
    if (bucket.sleepers.load(std::memory_order_relaxed) == 0) return;
    // release: the one on its way sees that the mutex was released
    if (bucket.woken.exchange(word, std::memory_order_acq_rel) == word) return;
    if (detail::wake_sleeper(word)) return;
    // Nobody slept there. But others may have relied on the one on its way, and somebody may have
    // fallen asleep before they came.
    has_come(word, sleepers);
    detail::wake_sleeper(word);
  }
  // From here on whoever releases the mutex wakes again.
  static void has_come(const void* word, detail::sleeper_table& sleepers) noexcept {
    const void* on_its_way = word;
    // acquire: partner of the release by those who have relied on it
    sleepers.bucket_of(word).woken.compare_exchange_strong(
        on_its_way, nullptr, std::memory_order_acq_rel, std::memory_order_acquire);
  }

  std::atomic<std::uint32_t> word_{free};  // the first: see wake_one()
  std::uint8_t patience_ = 0;              // the owner's
};

/// The mutex of default_policy. The barrier that ends the sharing interrupts each processor, so the more processors
/// there are, the more reads in a row it takes to share the mutex.
using word_mutex = basic_word_mutex<1024, true>;

/// No lock: for maps that one thread uses (single_threaded_policy).
class WAIT_MAP_CAPABILITY("mutex") null_mutex {
 public:
  void lock() noexcept WAIT_MAP_ACQUIRE() {}    ///< Does nothing.
  void unlock() noexcept WAIT_MAP_RELEASE() {}  ///< Does nothing.
};

}  // namespace waitmap
