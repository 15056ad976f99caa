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

// Resumes all, those that join meanwhile too, until one exits by an exception. Returns whether none
// did; else `ready` keeps the exception. None runs inside of the handler: it would take the exception
// of another for its own.
inline bool drain(ready_list& ready) noexcept {
  try {
    while (!ready.empty()) next_coroutine(ready).resume();
    return true;
  } catch (...) {
    ready.keep_exception();
    return false;
  }
}

// After one has exited by an exception: resumes the others all the same, and throws it. `self` is the
// state of the thread that drains `ready`, if that is noted there.
[[noreturn]] WAIT_MAP_NOINLINE inline void rethrow_after_rest(ready_list& ready,
                                                              thread_state* self) {
  const std::exception_ptr first = ready.take_exception();
  while (!drain(ready)) ready.take_exception();
  if (self != nullptr) self->draining = nullptr;
  std::rethrow_exception(first);
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
    self.draining = &ready;
    if (!drain(ready)) [[unlikely]]
      rethrow_after_rest(ready, &self);
    self.draining = nullptr;
  } else if constexpr (std::same_as<Resumer, immediate_resumer>) {
    if (!drain(ready)) [[unlikely]]
      rethrow_after_rest(ready, nullptr);
  } else {
    const auto hand_over = [&resumer](std::coroutine_handle<> coroutine) noexcept {
      resumer(coroutine);
    };
    while (!ready.empty()) hand_over(next_coroutine(ready));
  }
}

}  // namespace waitmap::detail
