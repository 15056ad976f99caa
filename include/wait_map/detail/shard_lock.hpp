// exclusive_lock, shared_lock: hold a shard's lock; in debug builds they end the program where a thread
// already holds one of the same map, or holds locks of two maps in another order than before.
#pragma once

#include <concepts>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/lock_order.hpp>
#include <wait_map/detail/readers.hpp>
#include <wait_map/detail/resume.hpp>
#include <wait_map/mutex.hpp>
#include <wait_map/policy.hpp>

namespace waitmap::detail {

template <class Mutex>
concept shareable = requires(Mutex& mutex) {
  mutex.lock_shared();
  mutex.unlock_shared();
};

// Readers that share it leave a note outside of it (word_mutex).
template <class Mutex>
concept noted_sharing = requires(Mutex& mutex, const reader_group& readers) {
  mutex.lock(readers);
  mutex.unlock(readers);
  mutex.end_reading(mutex.start_reading(readers), readers);
};

// The policy's mutex, as clang's analysis wants to see it.
template <class Mutex>
class WAIT_MAP_CAPABILITY("mutex") shard_mutex {
 public:
  void lock([[maybe_unused]] const reader_group& readers)
      WAIT_MAP_ACQUIRE() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    if constexpr (noted_sharing<Mutex>) {
      mutex_.lock(readers);
    } else {
      mutex_.lock();
    }
  }
  void unlock([[maybe_unused]] const reader_group& readers)
      WAIT_MAP_RELEASE() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    if constexpr (noted_sharing<Mutex>) {
      mutex_.unlock(readers);
    } else {
      mutex_.unlock();
    }
  }

  // Returns what unlock_shared() wants.
  auto lock_shared([[maybe_unused]] const reader_group& readers)
      WAIT_MAP_ACQUIRE_SHARED() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    if constexpr (noted_sharing<Mutex>) {
      return mutex_.start_reading(readers);
    } else {
      if constexpr (shareable<Mutex>) {
        mutex_.lock_shared();
      } else {
        mutex_.lock();
      }
      return no_note{};
    }
  }
  template <class Note>
  void unlock_shared([[maybe_unused]] Note note, [[maybe_unused]] const reader_group& readers)
      WAIT_MAP_RELEASE_SHARED() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    if constexpr (noted_sharing<Mutex>) {
      mutex_.end_reading(note, readers);
    } else if constexpr (shareable<Mutex>) {
      mutex_.unlock_shared();
    } else {
      mutex_.unlock();
    }
  }

 private:
  struct no_note {};
  WAIT_MAP_NO_UNIQUE_ADDRESS Mutex mutex_;
};

// Whether locks look for mistakes, as they do in debug builds. What does so has it in its name: a program
// may mix files with and without NDEBUG, and then each function keeps to the locks that it was compiled
// with.
enum class lock_checks : bool { off, on };
#ifdef NDEBUG
inline namespace without_lock_checks {
inline constexpr lock_checks checks = lock_checks::off;
}
#else
inline namespace with_lock_checks {
inline constexpr lock_checks checks = lock_checks::on;
}
#endif

// Notes that this thread holds a lock of `map`, and ends the program if it already does.
template <class Policy, lock_checks>
class reentrancy_check {
 public:
  explicit reentrancy_check(const void* map) noexcept : noted_{map, nullptr} {
    not_inside(map);
    thread_state& self = state_of_this_thread_for<Policy>();
    if constexpr (!std::same_as<typename Policy::mutex, null_mutex>) {
      if (self.locks != nullptr) must_be_in_order(self.locks->map, map);
    }
    noted_.outer = self.locks;
    self.locks = &noted_;
  }
  reentrancy_check(const reentrancy_check&) = delete;
  ~reentrancy_check() { state_of_this_thread_for<Policy>().locks = noted_.outer; }

  static void not_inside(const void* map) noexcept {
    for (const auto* held = state_of_this_thread_for<Policy>().locks; held != nullptr;
         held = held->outer) {
      if (held->map == map) {
        fatal(
            "the map was called from a function that runs under its lock (a callable handed to it, "
            "or a "
            "constructor, comparison or hash of a key or value). That would deadlock. Collect what "
            "you need "
            "in the function and call the map after it has returned.");
      }
    }
  }

 private:
  thread_state::held_lock noted_;
};
template <class Policy>
class reentrancy_check<Policy, lock_checks::off> {
 public:
  explicit reentrancy_check(const void*) noexcept {}
  reentrancy_check(const reentrancy_check&) = delete;
  static void not_inside(const void*) noexcept {}
};

// Ends the program if the lock was waited for while the map was destroyed.
template <lock_checks Checks, class Shard>
void must_be_there([[maybe_unused]] const Shard& shard) noexcept
    WAIT_MAP_REQUIRES_SHARED(shard.mutex) {
  if constexpr (Checks == lock_checks::on) {
    if (shard.gone()) {
      fatal(
          "the map was destroyed while another thread was calling it. Let all calls return first: "
          "join the threads that make them.");
    }
  }
}

template <class Shard, lock_checks Checks>
class WAIT_MAP_SCOPED_CAPABILITY exclusive_lock {
 public:
  explicit exclusive_lock(Shard& shard) WAIT_MAP_ACQUIRE(shard.mutex)
      : check_(shard.map), shard_(shard) {
    shard_.mutex.lock(*shard_.map);
    must_be_there<Checks>(shard_);
  }
  ~exclusive_lock() WAIT_MAP_RELEASE() { shard_.mutex.unlock(*shard_.map); }
  exclusive_lock(const exclusive_lock&) = delete;

 private:
  WAIT_MAP_NO_UNIQUE_ADDRESS reentrancy_check<typename Shard::policy_type, Checks> check_;
  Shard& shard_;
};

template <class Shard, lock_checks Checks>
class WAIT_MAP_SCOPED_CAPABILITY shared_lock {
 public:
  explicit shared_lock(const Shard& shard) WAIT_MAP_ACQUIRE_SHARED(shard.mutex)
      : check_(shard.map), shard_(shard), note_(shard.mutex.lock_shared(*shard.map)) {
    must_be_there<Checks>(shard_);
  }
  ~shared_lock() WAIT_MAP_RELEASE_GENERIC() { shard_.mutex.unlock_shared(note_, *shard_.map); }
  shared_lock(const shared_lock&) = delete;

 private:
  WAIT_MAP_NO_UNIQUE_ADDRESS reentrancy_check<typename Shard::policy_type, Checks> check_;
  const Shard& shard_;
  decltype(shard_.mutex.lock_shared(*shard_.map)) note_;
};

}  // namespace waitmap::detail
