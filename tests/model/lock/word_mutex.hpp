// The library's word_mutex, on the machine of the checker.
#pragma once

#include "../engine/machine.hpp"  // with all of std that word_mutex needs

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <new>
#include <thread>

#include <cxxabi.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace waitmap {

// Inside of this namespace `std` means std with the checker's atomics in the place of its own, and calls of the
// kernel are calls of the checker's.
namespace std {
using namespace ::std;
template <class T>
using atomic = model::late_atomic<T>;
namespace this_thread {
inline void yield() { model::machine::current().rest(); }  // what rests where there are no futexes
}  // namespace this_thread
}  // namespace std

// membarrier
inline long syscall(long, int, int, int) { return model::machine::current().barrier() ? 0 : -1; }
// FUTEX_WAIT. What wakes a sleeper every 50 ms is not played: no wake-up that it would make up for is lost.
template <class Span>
long syscall(long, model::cell* word, int, std::uint32_t expected, const Span* longest,
             std::nullptr_t, int) {
  model::machine::current().futex_wait(*word, expected, longest->nanoseconds < 50'000'000);
  return 0;
}
// FUTEX_WAKE
inline long syscall(long, const void* word, int, int, std::nullptr_t, std::nullptr_t, int) {
  return model::machine::current().futex_wake(word) ? 1 : 0;
}
inline constexpr auto nanosleep = [](const timespec* span, std::nullptr_t) {
  if (span->tv_nsec >= 10'000'000) {
    model::machine::current().rest_long();
  } else {
    model::machine::current().rest();
  }
};

}  // namespace waitmap

#include <wait_map/mutex.hpp>
