// resume_all: resumes the coroutines whose waits have ended, or hands them to who resumes them.
//
// No coroutine runs while its thread is inside of a function of the user's that runs under a lock, of
// whatever map: it could ask for that lock. callable_scope notes such a function; what is to be resumed
// meanwhile is kept with the thread until the outermost one has returned and its lock is dropped. One exception: what is
// for a resumer of the user's goes to it at once where there is no memory to keep it.
#pragma once

#include <atomic>
#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/processor.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/policy.hpp>

namespace waitmap::detail {

// Not inlined, so that no compiler keeps the address across a suspension, behind which the coroutine may
// run on another thread.
template <class Policy>
WAIT_MAP_NOINLINE thread_state& state_of_this_thread_for() noexcept {
  return Policy::this_thread();
}

// Of a waiter that notes another: asks for its line, and for the beginning of its frame, if that is of the same kind.
// Not inlined, so that who resumes has few registers to save; the fence, which is no instruction, keeps g++ 12 from
// taking it for pure and dropping the call.
WAIT_MAP_NOINLINE inline void prefetch_ahead(const waiter_node& next) noexcept {
  const std::uintptr_t ahead = next.seen_ahead();
  const std::uintptr_t frame = ahead + (reinterpret_cast<std::uintptr_t>(next.continuation) -
                                        reinterpret_cast<std::uintptr_t>(&next));
  prefetch_to_write(reinterpret_cast<const void*>(ahead));
  prefetch_to_write(reinterpret_cast<const void*>(frame));
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

// The next coroutine to resume, where there is one. From here on its frame may go at any time: its
// waiter is not touched again.
inline std::coroutine_handle<> next_coroutine(ready_list& ready) noexcept {
  waiter_node& next = ready.pop_front();
  if (next.ahead != 0) prefetch_ahead(next);
  return std::coroutine_handle<>::from_address(next.continuation);
}

// Resumes all, those that join meanwhile too, until one exits by an exception. Returns whether none
// did; else `ready` keeps the exception. None runs inside of the handler: it would take the exception
// of another for its own.
inline bool drain(ready_list& ready) noexcept {
  try {
    while (!ready.empty()) next_coroutine(ready).resume();
    return true;
  } catch (...) {
    ready.store_exception();
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

// By the queue of the thread's outermost call, or as that call.
inline void resume_by_trampoline(thread_state& self, ready_list& ready) {
  if (self.draining != nullptr) {
    self.draining->splice(ready);
    return;
  }
  self.draining = &ready;
  if (!drain(ready)) [[unlikely]]
    rethrow_after_rest(ready, &self);
  self.draining = nullptr;
}

// A map's resumer, and what a call holds of it: what it resumes may end the life of the map. One
// without state is copied, one with state is shared.
template <class Resumer>
class resumer_of_map {
  static constexpr bool copied = std::is_empty_v<Resumer> && std::copy_constructible<Resumer>;

 public:
  using held = std::conditional_t<copied, Resumer, std::shared_ptr<Resumer>>;

  explicit resumer_of_map(Resumer resumer) : held_(hold(std::move(resumer))) {}
  held share() const { return held_; }

  // A resumer that throws ends the program.
  static void hand_over(ready_list& ready, held& to) noexcept {
    while (!ready.empty()) {
      const bool directly = ready.front().directly;
      const std::coroutine_handle<> next = next_coroutine(ready);
      if (directly) {
        next.resume();
      } else if constexpr (copied) {
        to(next);
      } else {
        (*to)(next);
      }
    }
  }

 private:
  static held hold(Resumer&& resumer) {
    if constexpr (copied) {
      return std::move(resumer);
    } else {
      return std::make_shared<Resumer>(std::move(resumer));
    }
  }

  WAIT_MAP_NO_UNIQUE_ADDRESS held held_;
};

// Something to be called when no lock is held.
struct deferred_call {
  explicit deferred_call(void (*how)(deferred_call&) noexcept) noexcept : run(how) {}

  void (*const run)(deferred_call& self) noexcept;  // and may end the life of *this
  deferred_call* before = nullptr;
};
inline void defer(thread_state& self, deferred_call& later) noexcept {
  later.before = std::exchange(self.handed, &later);
}
inline void call_or_defer(thread_state& self, deferred_call& call) noexcept {
  if (self.callables == 0) {
    call.run(call);
  } else {
    defer(self, call);
  }
}

// Hands waiters to a resumer of the user's.
template <class Resumer>
struct deferred_hand_over final : deferred_call {
  using resumer_type = resumer_of_map<Resumer>;

  explicit deferred_hand_over(typename resumer_type::held to)
      : deferred_call([](deferred_call& base) noexcept {
          const std::unique_ptr<deferred_hand_over> self(static_cast<deferred_hand_over*>(&base));
          resumer_type::hand_over(self->ready, self->resumer);
        }),
        resumer(std::move(to)) {}
  typename resumer_type::held resumer;
  ready_list ready;
};

// The outermost function has returned, and no lock is held. Rethrows as resume_all().
WAIT_MAP_NOINLINE inline void resume_deferred(thread_state& self) {
  deferred_call* oldest = nullptr;
  while (self.handed != nullptr) {
    deferred_call* const next = std::exchange(self.handed, self.handed->before);
    next->before = std::exchange(oldest, next);
  }
  while (oldest != nullptr) {
    deferred_call& next = *std::exchange(oldest, oldest->before);
    next.run(next);
  }
  ready_list ready;
  ready.move_from(self.deferred);
  if (!ready.empty()) resume_by_trampoline(self, ready);
}

// While a function of the user's runs under a lock that the caller has taken, and will drop before it
// calls resume_all().
template <class Policy>
class inside_callable {
 public:
  inside_callable() noexcept : self_(state_of_this_thread_for<Policy>()) { ++self_.callables; }
  inside_callable(const inside_callable&) = delete;
  ~inside_callable() { --self_.callables; }

 private:
  thread_state& self_;
};

// While a function of the user's may run under a lock: made before the lock is taken, destroyed after it
// is dropped. Then it resumes what was deferred, and throws the first exception by which a coroutine
// exits, unless another is on its way.
template <class Policy>
class callable_scope {
 public:
  callable_scope() noexcept : self_(state_of_this_thread_for<Policy>()) { ++self_.callables; }
  callable_scope(const callable_scope&) = delete;
  ~callable_scope() noexcept(false) {
    if (--self_.callables != 0) return;
    if (self_.has_deferred()) [[unlikely]]
      resume_now(self_);
  }

 private:
  WAIT_MAP_NOINLINE static void resume_now(thread_state& self) {
    if (std::uncaught_exceptions() == 0) return resume_deferred(self);
    try {
      resume_deferred(self);
    } catch (...) {  // NOLINT(bugprone-empty-catch): the exception on its way came first
    }
  }

  thread_state& self_;
};

// In its place where only the library's code and that of types that call nobody runs under the lock.
class no_scope {
 public:
  no_scope() noexcept {}
  ~no_scope() {}  // not trivial: no warning that it is unused
};

// Resumes, queues or hands over every waiter in `ready`, in order. Called without a lock of this map.
// Rethrows the first exception by which a coroutine exited, after all were resumed.
//
// The map may be destroyed by what is resumed: it is not touched again.
template <class Policy, class Resumer>
WAIT_MAP_NOINLINE void resume_all(ready_list& ready,
                                  [[maybe_unused]] typename resumer_of_map<Resumer>::held resumer) {
  thread_state& self = Policy::this_thread();
  constexpr bool here =
      std::same_as<Resumer, trampoline_resumer> || std::same_as<Resumer, immediate_resumer>;
  if (self.callables == 0 && self.has_deferred()) [[unlikely]] {
    // By a function that ran under the lock which has just been dropped.
    if constexpr (here) {
      ready.move_to(self.deferred);
      return resume_deferred(self);
    }
    resume_deferred(self);
  }
  if constexpr (here) {
    if (self.callables != 0) [[unlikely]] {
      ready.move_to(self.deferred);
    } else if constexpr (std::same_as<Resumer, trampoline_resumer>) {
      resume_by_trampoline(self, ready);
    } else if (!drain(ready)) [[unlikely]] {
      rethrow_after_rest(ready, nullptr);
    }
  } else {
    if (self.callables != 0) [[unlikely]] {
      if (auto* const later = new (std::nothrow) deferred_hand_over<Resumer>(resumer)) {
        later->ready.splice(ready);
        defer(self, *later);
        return;
      }
      // Without memory there is no later.
    }
    resumer_of_map<Resumer>::hand_over(ready, resumer);
  }
}

}  // namespace waitmap::detail
