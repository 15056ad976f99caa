// sleepers: who sleeps on a word_mutex, counted outside of it: the mutex may be gone when whoever has released it
// looks for them.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/kernel.hpp>

namespace waitmap::detail {

// What is known of the sleepers of a word_mutex, and of the others that share the bucket.
struct sleepers_bucket {
  std::atomic<std::uint32_t> sleepers{0};   // threads that may sleep
  std::atomic<const void*> woken{nullptr};  // where one was woken that has not tried to lock since
};

struct sleeper_table {
  // The number of threads that may sleep, for whatever word_mutex: all that a release looks at, while
  // there are none. In a line that is else not written to.
  alignas(64) std::atomic<std::uint32_t> number{0};
  alignas(64) std::array<sleepers_bucket, 256> buckets{};

  // Shards lie 128 bytes apart, and so have different ones.
  sleepers_bucket& bucket_of(const void* mutex) noexcept {
    return buckets[(reinterpret_cast<std::uintptr_t>(mutex) / 128) % buckets.size()];
  }

  // In a child: the threads that slept are not there.
  void forget_all() noexcept {
    for (sleepers_bucket& each : buckets) {
      each.sleepers.store(0, std::memory_order_relaxed);
      each.woken.store(nullptr, std::memory_order_relaxed);
    }
    number.store(0, std::memory_order_relaxed);
  }
};
WAIT_MAP_ONE_PER_PROGRAM inline constinit sleeper_table sleepers_anywhere{};

// A table of its own for the watch: each shared object watches over the sleepers that it knows.
inline constinit fork_watch sleepers_at_fork{};

inline bool watch_sleepers_at_fork() noexcept {
  return sleepers_at_fork.watch(nullptr, nullptr, [] { sleepers_anywhere.forget_all(); });
}

}  // namespace waitmap::detail
