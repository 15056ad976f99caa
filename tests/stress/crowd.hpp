// crowd: many threads at one mutex; and a mutex that its readers share soon.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include <wait_map/mutex.hpp>

#include "support/stack.hpp"

namespace stress {

struct guarded {
  waitmap::word_mutex mutex;
  long count = 0;  // not atomic: the lock protects it
  std::atomic<int> inside{0};
  std::atomic<int> broken{0};

  void enter(bool yields) {
    mutex.lock();
    if (inside.fetch_add(1, std::memory_order_relaxed) != 0) broken.fetch_add(1);
    ++count;
    if (yields) std::this_thread::yield();  // the others spin in vain, and sleep
    inside.fetch_sub(1, std::memory_order_relaxed);
    mutex.unlock();
  }
};

// Returns how many were inside in all, or -1 if two were at once.
inline long crowd(int threads, int rounds, int yield_every) {
  guarded here;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      for (int round = 0; round < rounds; ++round) {
        here.enter(yield_every != 0 && (round + i) % yield_every == 0);
      }
    });
  }
  for (std::thread& each : all) each.join();
  return here.broken.load() == 0 ? here.count : -1;
}

inline constexpr int many = 200'000 / support::slowness;
inline constexpr int some = 20'000 / support::slowness;

using soon_shared = waitmap::basic_word_mutex<1, false, 0>;

template <class Mutex>
void read_once(Mutex& mutex) {
  mutex.end_reading(mutex.start_reading());
}

}  // namespace stress
