// readers: which mutex each thread reads under, each in a cache line of its own, so that readers
// who share a mutex write to no line that others use.
#pragma once

#include <atomic>
#include <new>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/processor.hpp>

#if defined(__linux__)
#include <ctime>
#endif

namespace waitmap::detail {

class reader_list;

// A thread as a reader. Used again when its thread has ended, and never freed.
struct alignas(128) reader {
  std::atomic<const void*> mutex{nullptr};  // that it reads under
  std::atomic<bool> owned{true};
  const reader_list* list = nullptr;  // nullptr: this thread does not share
  reader* next = nullptr;
};

class reader_list {
 public:
  constexpr reader_list() noexcept = default;

  // Returns nullptr where there is no memory.
  reader* join() noexcept {
    reader* each = first_.load(std::memory_order_acquire);
    for (; each != nullptr; each = each->next) {
      if (!each->owned.exchange(true, std::memory_order_acquire)) return each;
    }
    each = new (std::nothrow) reader;
    if (each == nullptr) return nullptr;
    each->list = this;
    each->next = first_.load(std::memory_order_relaxed);
    while (!first_.compare_exchange_weak(each->next, each, std::memory_order_acq_rel,
                                         std::memory_order_relaxed)) {
    }
    return each;
  }

  // Returns when nobody reads under this mutex. New readers see that they must not.
  WAIT_MAP_NOINLINE void wait_until_unread(const void* mutex) const noexcept {
    // Refused, though it was granted before: until stores have left the processors.
    if (!barrier_on_all_processors()) rest(10'000'000);
    for (reader* each = first_.load(std::memory_order_acquire); each != nullptr;
         each = each->next) {
      // acquire: partner of the release by which the reader left, or went on
      for (int looks = 0; each->mutex.load(std::memory_order_acquire) == mutex; ++looks) {
        if (looks < 100) {
          pause_processor();
        } else {
          rest(50'000);
        }
      }
    }
  }

 private:
  static void rest([[maybe_unused]] long nanoseconds) noexcept {
#if defined(__linux__)
    timespec span{};
    span.tv_nsec = nanoseconds;
    nanosleep(&span, nullptr);
#endif
  }

  std::atomic<reader*> first_{nullptr};
};

WAIT_MAP_ONE_PER_PROGRAM inline constinit reader_list readers_of_program{};

// Whose readers a mutex has. A mutex that several shared objects use, each with a list of its own,
// is shared by the readers of one of them.
struct reader_group {
  reader_list* list = &readers_of_program;
};

inline constinit reader no_reader{};
inline constinit thread_local reader* reader_of_this_thread = nullptr;

WAIT_MAP_NOINLINE inline reader* become_reader() noexcept {
  struct until_thread_ends {
    ~until_thread_ends() {
      reader_of_this_thread = &no_reader;
      joined->owned.store(false, std::memory_order_release);
    }
    reader* joined;
  };
  reader* const joined = readers_of_program.join();
  if (joined == nullptr) return &no_reader;
  static thread_local until_thread_ends leaving{joined};
  return reader_of_this_thread = joined;
}

// Not inlined, so that no compiler keeps its result across a suspension, behind which the coroutine
// may run on another thread.
WAIT_MAP_NOINLINE inline reader* this_reader() noexcept {
  reader* const known = reader_of_this_thread;
  return known != nullptr ? known : become_reader();
}

}  // namespace waitmap::detail
