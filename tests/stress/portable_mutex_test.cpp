// The lock where there are no futexes: it is compiled here as if this were another system.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <new>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/race.hpp"
#include "support/stack.hpp"

#define WAIT_MAP_WITHOUT_FUTEXES
#include <wait_map/mutex.hpp>

namespace portable_mutex_test {

long crowd(int threads, int rounds) {
  waitmap::word_mutex mutex;
  long count = 0;  // not atomic: the lock protects it
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      for (int round = 0; round < rounds; ++round) {
        if ((round + i) % 4 == 0) {
          mutex.lock();
          ++count;
          std::this_thread::yield();  // the others spin in vain, and sleep
          mutex.unlock();
        } else {
          const auto started = mutex.start_reading();
          ++count;  // readers own it, too
          mutex.end_reading(started);
        }
      }
    });
  }
  for (std::thread& each : all) each.join();
  return count;
}

TEST_CASE("without futexes, too, owners exclude each other", "[1.5][6.7]") {
  constexpr int rounds = 20'000 / support::slowness;
  CHECK(crowd(2, rounds) == 2L * rounds);
  CHECK(crowd(8, rounds) == 8L * rounds);
}

// Failed once: a thread that found the lock taken wrote over the mark of one who slept. Then the race does not end.
TEST_CASE("without futexes, too, no sleeper is overlooked", "[1.5][6.7]") {
  constexpr int rounds = 2'000 / support::slowness;
  long count = 0;
  for (int round = 0; round < rounds; ++round) {
    waitmap::word_mutex mutex;
    std::atomic<bool> held{false};
    std::atomic<bool> ends{false};
    const auto hold = [&] {
      mutex.lock();
      held = true;
      for (int i = 0; i < 50; ++i) std::this_thread::yield();  // one sleeps
      ends = true;
      for (int i = 0; i < round % 100; ++i) waitmap::detail::pause_processor();
      ++count;
      mutex.unlock();
    };
    const auto enter_after = [&](std::atomic<bool>& it) {
      while (!it) std::this_thread::yield();
      mutex.lock();
      ++count;
      mutex.unlock();
    };
    support::race(hold, [&] { enter_after(held); }, [&] { enter_after(ends); });
  }
  CHECK(count == 3L * rounds);
}

}  // namespace portable_mutex_test
