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

// Resumes all, those that join meanwhile too, until one exits by an exception, which is returned.
// None runs inside of the handler: it would take the exception of another for its own.
inline std::exception_ptr drain_until_exception(ready_list& ready) noexcept {
  try {
    while (!ready.empty()) next_coroutine(ready).resume();
    return nullptr;
  } catch (...) {
    return std::current_exception();
  }
}

WAIT_MAP_NOINLINE inline void drain_in_spite_of_exceptions(ready_list& ready) noexcept {
  while (!ready.empty()) drain_until_exception(ready);
}

// Resumes all. A coroutine that exits by an exception does not keep the others from being resumed;
// the first exception is returned. In two functions: an exception_ptr that is there before the loop
// would cost its usual way a store and a load.
inline std::exception_ptr drain(ready_list& ready) noexcept {
  std::exception_ptr first = drain_until_exception(ready);
  if (first) [[unlikely]]
    drain_in_spite_of_exceptions(ready);
  return first;
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
    std::exception_ptr thrown = drain(ready);
    self.draining = nullptr;
    if (thrown) std::rethrow_exception(std::move(thrown));
  } else if constexpr (std::same_as<Resumer, immediate_resumer>) {
    if (std::exception_ptr thrown = drain(ready)) std::rethrow_exception(std::move(thrown));
  } else {
    const auto hand_over = [&resumer](std::coroutine_handle<> coroutine) noexcept {
      resumer(coroutine);
    };
    while (!ready.empty()) hand_over(next_coroutine(ready));
  }
}

}  // namespace waitmap::detail
