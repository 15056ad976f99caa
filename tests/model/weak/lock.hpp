// The library's word_mutex, whose operations are recorded.
#pragma once

#include "recorder.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <new>
#include <thread>

#include <cxxabi.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace waitmap {

// Inside of this namespace `std` means std with the recorder's atomics in the place of its own, and calls of the kernel
// are calls of the recorder's.
namespace std {
using namespace ::std;
template <class T>
using atomic = weak::recorded_atomic<T>;
inline void atomic_signal_fence(memory_order order,
                                const source_location& at = source_location::current()) {
  weak::recorder::current().compile_fence(order, at);
}
}  // namespace std

// membarrier
inline long syscall(long, int, int, int,
                    const std::source_location& at = std::source_location::current()) {
  weak::recorder::current().barrier(at);
  return 0;
}
// FUTEX_WAIT
template <class Time>
long syscall(long, const std::atomic<std::uint32_t>* word, int, std::uint32_t expected, Time*,
             std::nullptr_t, int) {
  weak::recorder::current().sleep_while(word, word->raw(), expected);
  return 0;
}
// FUTEX_WAKE
inline long syscall(long, const void* word, int, int, std::nullptr_t, std::nullptr_t, int) {
  return weak::recorder::current().wake(word) ? 1 : 0;
}
template <class... Functions>
int pthread_atfork(Functions...) {
  return 0;
}
inline constexpr auto nanosleep = [](const auto*, std::nullptr_t) {
  weak::recorder::current().give_up();
};

}  // namespace waitmap

#include <wait_map/mutex.hpp>
