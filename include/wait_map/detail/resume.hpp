// resume_all: the one place where the library resumes coroutines.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/policy.hpp>

namespace waitmap::detail {

// The next coroutine to resume, where there is one. From here on its frame may go at any time: its
// waiter is not touched again.
inline std::coroutine_handle<> next_coroutine(ready_list& ready) noexcept {
  return std::coroutine_handle<>::from_address(ready.pop_front().continuation);
}

WAIT_MAP_NOINLINE inline void drain_and_drop_exceptions(ready_list& ready) noexcept {
  while (!ready.empty()) {
    try {
      next_coroutine(ready).resume();
    } catch (...) {  // NOLINT(bugprone-empty-catch)
    }
  }
}

// Resumes all, those that join meanwhile too. A coroutine that exits by an exception does not keep
// the others from being resumed; then the first exception goes on.
inline void drain(ready_list& ready) {
  try {
    while (!ready.empty()) next_coroutine(ready).resume();
  } catch (...) {
    drain_and_drop_exceptions(ready);
    throw;
  }
}

// Resumes, queues or hands over every waiter in `ready`, in order. Called without a lock. Rethrows
// the first exception by which a coroutine exited, after all were resumed.
//
// The map may be destroyed by what is resumed: a resumer without state is not touched again.
template <class Policy, class Resumer>
WAIT_MAP_NOINLINE void resume_all(ready_list& ready, [[maybe_unused]] Resumer& resumer) {
  if constexpr (std::same_as<Resumer, trampoline_resumer>) {
    thread_state& self = Policy::this_thread();
    if (self.draining != nullptr) {
      self.draining->splice(ready);
      return;
    }
    struct draining_here {
      thread_state& self;
      ~draining_here() { self.draining = nullptr; }
    };
    self.draining = &ready;
    const draining_here end{self};
    drain(ready);
  } else if constexpr (std::same_as<Resumer, immediate_resumer>) {
    drain(ready);
  } else {
    const auto hand_over = [&resumer](std::coroutine_handle<> coroutine) noexcept {
      resumer(coroutine);
    };
    while (!ready.empty()) hand_over(next_coroutine(ready));
  }
}

}  // namespace waitmap::detail
