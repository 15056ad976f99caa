/// @file
/// default_policy and single_threaded_policy: how a map locks and how it resumes.
#pragma once

#include <wait_map/version.hpp>

#include <atomic>
#include <concepts>
#include <coroutine>
#include <cstddef>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/mutex.hpp>

namespace waitmap {

/// What the library keeps for each thread. It is trivially destructible, so that it serves threads that are
/// exiting. A program needs it only for a policy of its own whose this_thread() says where it is.
struct thread_state {
  /// A map whose lock the thread holds (recorded in debug builds only).
  struct held_lock {
    const void* map;         ///< the map
    const held_lock* outer;  ///< the lock that was taken before, null for the first
  };

  detail::ready_list* draining = nullptr;  ///< the queue that the thread's outermost call drains
  const held_lock* locks = nullptr;        ///< the innermost lock held
  std::size_t callables = 0;  ///< the user's functions that run under a lock, one inside the other
  detail::waiter_chain deferred{};  ///< to be resumed when the outermost of these has returned
  detail::deferred_call* handed = nullptr;  ///< likewise, to be called; the newest

  /// Whether something waits for the outermost function to return.
  bool has_deferred() const noexcept { return !deferred.empty() || handed != nullptr; }
};

namespace detail {

WAIT_MAP_ONE_PER_PROGRAM inline constinit thread_local thread_state state_of_this_thread{};

}  // namespace detail

/// The resumer of default_policy: resumes on the thread that ended the waits, before the call that
/// ended them returns. If a resumed coroutine ends other waits, these are queued for the outermost such call
/// on the thread. So a chain of coroutines, each waiting for the one before, runs in constant
/// stack.
struct trampoline_resumer {};

/// Resumes on the thread that ended the waits, at once: a resumed coroutine that ends other waits
/// resumes them before it goes on. Each link of a chain nests one level deeper on the stack.
struct immediate_resumer {};

/// A resumer of your own: it is called once per waiter, with no lock of a map held, on the thread that ended the
/// wait. It resumes the coroutine or hands it to an executor. It must not throw: that ends the
/// program. (If a function that runs under another map's lock ended the wait, the call is put off until that lock is
/// dropped. Where there is no memory for that, it is called at once.)
template <class Resumer>
concept resumer_function = std::invocable<Resumer&, std::coroutine_handle<>>;

/// The policy of a wait_map: how it locks and how it resumes. To change one member, derive from it and declare that
/// member anew.
struct default_policy {
  /// The lock of a shard: lock(), unlock(). Where it also has lock_shared() and unlock_shared(), as
  /// std::shared_mutex has, readers share it. word_mutex is shared after many reads in a row.
  using mutex = word_mutex;

  /// std::atomic, or a stand-in with its interface.
  template <class T>
  using atomic = std::atomic<T>;

  /// trampoline_resumer, immediate_resumer, or a type that satisfies resumer_function.
  using resumer = trampoline_resumer;

  /// The state of the calling thread. It is called only where it is not inlined into a coroutine: compilers would keep
  /// its address across a suspension, behind which the coroutine may run on another thread.
  static thread_state& this_thread() noexcept { return detail::state_of_this_thread; }
};

namespace detail {

// What a map asks of its policy.
template <class Type>
concept looks_like_policy = requires {
  typename Type::mutex;
  typename Type::resumer;
};
template <class Policy>
concept has_atomic = requires(typename Policy::template atomic<std::size_t>& counter) {
  { counter.load(std::memory_order_acquire) } -> std::same_as<std::size_t>;
  { counter.fetch_sub(1, std::memory_order_acq_rel) } -> std::same_as<std::size_t>;
};
template <class Policy>
concept has_mutex =
    std::default_initializable<typename Policy::mutex> && requires(typename Policy::mutex& mutex) {
      mutex.lock();
      mutex.unlock();
    };
template <class Resumer>
concept library_resumer =
    std::same_as<Resumer, trampoline_resumer> || std::same_as<Resumer, immediate_resumer>;
template <class Policy>
concept has_resumer =
    std::move_constructible<typename Policy::resumer> &&
    (library_resumer<typename Policy::resumer> || resumer_function<typename Policy::resumer>);
template <class Policy>
concept has_this_thread = requires {
  { Policy::this_thread() } -> std::same_as<thread_state&>;
};

}  // namespace detail

/// For maps that one thread uses, as in an event loop: no locking at all, and one shard by default.
struct single_threaded_policy : default_policy {
  using mutex = null_mutex;  ///< No lock.
};

}  // namespace waitmap
