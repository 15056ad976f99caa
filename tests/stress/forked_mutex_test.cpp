// What a process has of a mutex, and of the others that used it, after fork().
#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include <wait_map/mutex.hpp>

#include "stress/crowd.hpp"
#include "support/barrier.hpp"
#include "support/catch.hpp"
#include "support/last_words.hpp"

namespace forked_mutex_test {

using stress::read_once;
using stress::soon_shared;

// Failed once: the child waited for a reader that it does not have.
TEST_CASE("in a forked child nobody reads but the thread that forked", "[1.5]") {
  if (!support::barrier_is_granted()) return;
  soon_shared mutex;
  read_once(mutex);
  std::atomic<bool> reads{false};
  std::atomic<bool> ends{false};
  std::thread reader([&] {
    const auto started = mutex.start_reading();
    reads = started.sharing != nullptr;
    while (!ends) std::this_thread::yield();
    mutex.end_reading(started);
  });
  while (!reads) std::this_thread::yield();
  (void)waitmap::detail::this_reader();
  const std::string words = support::last_words([&] {
    mutex.lock();
    mutex.unlock();
    read_once(mutex);
    if (waitmap::detail::readers_of_program.size() != 1) std::abort();
    const auto started = mutex.start_reading();
    if (started.sharing == nullptr) std::abort();
    mutex.end_reading(started);
  });
  ends = true;
  reader.join();
  CHECK(words == "not aborted, wait status 0: ");
}

TEST_CASE("in a forked child nobody sleeps", "[1.5]") {
  waitmap::word_mutex mutex;
  mutex.lock();
  std::thread sleeper([&] {
    mutex.lock();
    mutex.unlock();
  });
  while (waitmap::detail::sleepers_anywhere.number == 0) std::this_thread::yield();
  const std::string words = support::last_words([&]() WAIT_MAP_NO_THREAD_SAFETY_ANALYSIS {
    if (waitmap::detail::sleepers_anywhere.number != 0) std::abort();
    mutex.unlock();
    mutex.lock();
  });
  mutex.unlock();
  sleeper.join();
  CHECK(words == "not aborted, wait status 0: ");
}

TEST_CASE("readers share in a forked child as in its parent", "[1.5]") {
  if (!support::barrier_is_granted()) return;
  soon_shared mutex;
  read_once(mutex);
  const std::string words = support::last_words([&] {
    mutex.lock();
    mutex.unlock();
    read_once(mutex);
    const auto started = mutex.start_reading();
    if (started.sharing == nullptr) std::abort();
    mutex.end_reading(started);
  });
  CHECK(words == "not aborted, wait status 0: ");
}

}  // namespace forked_mutex_test
