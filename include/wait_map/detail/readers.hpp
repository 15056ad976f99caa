// readers: which mutex each thread reads under, each in a cache line of its own, so that readers
// who share a mutex write to no line that others use.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/kernel.hpp>
#include <wait_map/detail/processor.hpp>
#include <wait_map/detail/sleepers.hpp>

#if defined(__linux__)
#include <cxxabi.h>
#endif

namespace waitmap::detail {

class reader_list;

// A thread as a reader, until it ends.
struct alignas(128) reader {
  std::atomic<const void*> mutex{nullptr};  // that it reads under
  std::uint32_t shared_reads = 0;           // so far; its thread's own
  reader_list* list = nullptr;              // nullptr: this thread does not share

  // Under the list's lock:
  std::uint32_t users = 1;  // the thread, and each owner that waits for it
  reader* next = nullptr;
  reader* previous = nullptr;
};

// Owners look through it for those that read under their mutex. Its lock is held while they look, never while
// they wait: a reader may start a thread and wait for it, and that one joins.
class reader_list {
 public:
  constexpr reader_list() noexcept = default;

  // Returns nullptr where there is no memory.
  reader* join() noexcept {
    reader* const joined = new (std::nothrow) reader;
    if (joined == nullptr) return nullptr;
    joined->list = this;
    lock();
    joined->next = first_;
    if (first_ != nullptr) first_->previous = joined;
    first_ = joined;
    unlock();
    return joined;
  }
  // Its thread does not read any more. The reader is gone now, or when nobody waits for it.
  void leave(reader& left) noexcept {
    lock();
    const bool unused = drop(left);
    unlock();
    if (unused) delete &left;
  }

  // Returns when nobody reads under this mutex. New readers see that they must not.
  WAIT_MAP_NOINLINE void wait_until_unread(const void* mutex) noexcept {
    // Refused, though it was granted before: until stores have left the processors.
    if (!barrier_on_all_processors()) rest(10'000'000);
    lock();
    for (reader* each = first_; each != nullptr;) {
      reader* const here = each;
      // acquire: partner of the release by which the reader left, or went on
      if (here->mutex.load(std::memory_order_acquire) != mutex) {
        each = here->next;
        continue;
      }
      ++here->users;
      unlock();
      for (int looks = 0; here->mutex.load(std::memory_order_acquire) == mutex; ++looks)
        pause_or_rest(looks);
      lock();
      each = here->next;
      if (!drop(*here)) continue;
      unlock();
      delete here;
      lock();
    }
    unlock();
  }

  // The number of readers. Cost: O(that).
  std::size_t size() noexcept {
    std::size_t count = 0;
    lock();
    for (const reader* each = first_; each != nullptr; each = each->next) ++count;
    unlock();
    return count;
  }

  // Around fork(). In the child there is one thread: `self`, or one that is no reader of this list. What belonged to
  // the others is left where it is, as their stacks are: to free it might take a lock that one of them holds.
  void before_fork() noexcept { lock(); }
  void in_parent() noexcept { unlock(); }
  void in_child(reader* self) noexcept {
    first_ = self != nullptr && self->list == this ? self : nullptr;
    if (first_ != nullptr) {
      first_->users = 1;
      first_->next = nullptr;
      first_->previous = nullptr;
    }
    unlock();
  }

 private:
  static void pause_or_rest(int looks) noexcept {
    if (looks < 100) {
      pause_processor();
    } else {
      rest(50'000);
    }
  }

  // Held for as long as it takes to walk through the list. A word_mutex would ask for this list.
  void lock() noexcept {
    // acquire: partner of the release in unlock()
    while (locked_.exchange(true, std::memory_order_acquire)) {
      // relaxed: only a hint whether to try
      for (int looks = 0; locked_.load(std::memory_order_relaxed); ++looks) pause_or_rest(looks);
    }
  }
  void unlock() noexcept { locked_.store(false, std::memory_order_release); }

  // Returns whether it is to be freed.
  bool drop(reader& dropped) noexcept {
    if (--dropped.users != 0) return false;
    if (dropped.next != nullptr) dropped.next->previous = dropped.previous;
    (dropped.previous != nullptr ? dropped.previous->next : first_) = dropped.next;
    return true;
  }

  std::atomic<bool> locked_{false};
  reader* first_ = nullptr;
};

WAIT_MAP_ONE_PER_PROGRAM inline constinit reader_list readers_of_program{};

// Whose readers and whose sleepers a mutex has. Shared objects may each have a list and a table of their own; all who
// use a mutex say the same. It is shared by the readers of that list.
struct reader_group {
  reader_list* list = &readers_of_program;
  sleeper_table* sleepers = &sleepers_anywhere;
};

inline constinit reader no_reader{};
inline constinit thread_local reader* reader_of_this_thread = nullptr;

// The thread ends: from here on it does not share.
inline void stop_sharing(reader& self) noexcept {
  reader_of_this_thread = &no_reader;
  self.list->leave(self);
}

inline constinit fork_watch readers_at_fork{};

inline bool watch_readers_at_fork() noexcept {
  return readers_at_fork.watch([] { readers_of_program.before_fork(); },
                               [] { readers_of_program.in_parent(); },
                               [] { readers_of_program.in_child(reader_of_this_thread); });
}

// Has stop_sharing() called when the thread ends. Returns whether it will be.
//
// As compilers do for a thread_local variable with a destructor. Such a variable is not used: g++ 14 does not link it
// where it comes out of a module.
inline bool stop_sharing_at_end_of_thread([[maybe_unused]] reader& self) noexcept {
#if defined(__linux__)
  void (*const stop)(void*) = [](void* joined) { stop_sharing(*static_cast<reader*>(joined)); };
  // The function's own address says which shared object must stay loaded.
  return abi::__cxa_thread_atexit(stop, &self, reinterpret_cast<void*>(stop)) == 0;
#else
  return false;  // where nothing is shared
#endif
}

WAIT_MAP_NOINLINE inline reader* become_reader() noexcept {
  const errno_kept kept;
  if (!watch_readers_at_fork()) return &no_reader;  // for this time
  reader* const joined = readers_of_program.join();
  if (joined == nullptr) return &no_reader;
  if (!stop_sharing_at_end_of_thread(*joined)) {
    readers_of_program.leave(*joined);
    return &no_reader;
  }
  return reader_of_this_thread = joined;
}

// Not inlined, so that no compiler keeps its result across a suspension, behind which the coroutine
// may run on another thread.
WAIT_MAP_NOINLINE inline reader* this_reader() noexcept {
  reader* const known = reader_of_this_thread;
  return known != nullptr ? known : become_reader();
}

}  // namespace waitmap::detail
