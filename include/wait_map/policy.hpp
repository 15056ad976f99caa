// default_policy and single_threaded_policy: how a map locks and how it resumes.
#pragma once

#include <wait_map/version.hpp>

#include <atomic>
#include <coroutine>
#include <cstddef>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/mutex.hpp>

namespace waitmap {

/// What the library keeps for each thread. Trivially destructible: it serves threads that are
/// exiting.
struct thread_state {
  /// A map whose lock the thread holds (recorded in debug builds only).
  struct held_lock {
    const void* map;
    const held_lock* outer;
  };

  detail::ready_list* draining = nullptr;  ///< the queue that the thread's outermost call drains
  const held_lock* locks = nullptr;        ///< the innermost lock held
  std::size_t callables = 0;  ///< functions of the user's that run under a lock, one in the other
  detail::waiter_chain deferred{};          ///< to be resumed when the outermost has returned
  detail::deferred_call* handed = nullptr;  ///< likewise, to be called; the newest

  bool has_deferred() const noexcept { return !deferred.empty() || handed != nullptr; }
};

namespace detail {

WAIT_MAP_ONE_PER_PROGRAM inline constinit thread_local thread_state state_of_this_thread{};

}  // namespace detail

/// The resumer of default_policy: resumes on the thread that ended the waits, before the call that
/// ended them returns. What a resumed coroutine ends in turn is queued for the outermost such call
/// on the thread, so that a chain of coroutines, each waiting for the one before, runs in constant
/// stack.
struct trampoline_resumer {};

/// Resumes on the thread that ended the waits, at once: a resumed coroutine that ends other waits
/// resumes them before it goes on. Each link of a chain nests one level deeper on the stack.
struct immediate_resumer {};

/// A resumer of one's own: called once per waiter, with no lock of a map held, on the thread that ended the
/// wait. It resumes the coroutine or hands it to an executor. Must not throw: that ends the
/// program. (Where the wait was ended by a function that runs under another map's lock, and there is no memory to
/// put the call off until that lock is dropped, it is called at once.)
template <class Resumer>
concept resumer_function = std::invocable<Resumer&, std::coroutine_handle<>>;

/// The policy of a wait_map. To change one member, derive from it and declare that member anew.
struct default_policy {
  /// The lock of a shard: lock(), unlock(). Where it also has lock_shared() and unlock_shared(), as
  /// std::shared_mutex has, readers share it. word_mutex is shared after many reads in a row.
  using mutex = word_mutex;

  /// std::atomic, or a stand-in with its interface.
  template <class T>
  using atomic = std::atomic<T>;

  /// trampoline_resumer, immediate_resumer, or a type that satisfies resumer_function.
  using resumer = trampoline_resumer;

  /// The state of the calling thread. Called only where it is not inlined into a coroutine, in which
  /// compilers keep its address across a suspension, behind which it may run on another thread.
  static thread_state& this_thread() noexcept { return detail::state_of_this_thread; }
};

namespace detail {

template <class Type>
concept looks_like_policy = requires {
  typename Type::mutex;
  typename Type::resumer;
};

}  // namespace detail

/// For maps that one thread uses, as in an event loop: no locking at all, and one shard by default.
struct single_threaded_policy : default_policy {
  using mutex = null_mutex;
};

}  // namespace waitmap
