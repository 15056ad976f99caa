// wait_operation, subscription_operation, blocking_operation: one wait, awaited, subscribed to or
// blocked on.
#pragma once

#include <chrono>
#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/awaiters.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/environment.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/key.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/thread_parker.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/result.hpp>
#include <wait_map/stop_token.hpp>

namespace waitmap::detail {

// A visitor's function that may look at the value but not change it.
template <class Function>
struct reading {
  Function function;

  template <class Value>
  decltype(auto) operator()(Value& value) {
    return std::invoke(function, std::as_const(value));
  }
};

inline wait_status status_of(wait_end end) noexcept {
  switch (end) {
    case wait_end::value:
      return wait_status::value;
    case wait_end::stopped:
    case wait_end::unwound:
      return wait_status::stopped;
    case wait_end::closed:
      return wait_status::closed;
    case wait_end::abandoned:
      return wait_status::abandoned;
    case wait_end::failed:
      return wait_status::failed;
    case wait_end::claimed:
      return wait_status::claimed;
    case wait_end::cancelled:
    case wait_end::lost:
    case wait_end::pending:
      break;
  }
  return wait_status::cancelled;
}

// Not inlined: std::rethrow_exception() takes a copy, for which a coroutine would save registers at
// every resumption.
[[noreturn]] WAIT_MAP_NOINLINE inline void rethrow(const std::exception_ptr& error) {
  std::rethrow_exception(error);
}

// What the waiting side gets of a waiter whose wait has ended: an optional or a wait_outcome.
// Rethrows what failed it.
template <class Result>
struct result_of;
template <class T>
struct result_of<std::optional<T>> {
  template <class Waiter>
  WAIT_MAP_ALWAYS_INLINE static std::optional<T> read(Waiter& waiting) {
    if (waiting.end == wait_end::value) [[likely]]
      return std::optional<T>(std::move(unwrap(waiting.value())));
    if (waiting.end == wait_end::failed) rethrow(waiting.error());
    return std::nullopt;
  }
};
template <class T>
struct result_of<wait_outcome<T>> {
  template <class Waiter>
  static wait_outcome<T> read(Waiter& waiting) {
    if (waiting.end == wait_end::value) {
      return wait_outcome<T>(std::in_place, std::move(unwrap(waiting.value())));
    }
    if (waiting.end == wait_end::failed) rethrow(waiting.error());
    return wait_outcome<T>(status_of(waiting.end));
  }
};

// One waiter, its key and its stop token: what the operations below have in common. `Core` is the
// inside of the map, `Waiter` the waiter with the place for its result.
//
// Once awaited it is not moved, since its address is linked; a subscription gives its place to another before.
template <class Core, class Key, class Waiter, class Token>
class registration {
 public:
  registration& operator=(const registration&) = delete;

  // Runs on the thread that requests the stop.
  void stop() noexcept
    requires(!std::same_as<Token, no_stop_token>)
  {
    stop_by(stop_, wait_end::stopped);
  }

  // For the awaiters. A stop by the coroutine's parent: likewise.
  template <class Parent>
  void stop_by(Parent& parent) noexcept {
    stop_by(parent, wait_end::unwound);
  }
  template <class Parent>
  bool was_stopped_by(const Parent& parent) const noexcept {
    return waiter_.end == wait_end::unwound ||
           (waiter_.end == wait_end::stopped && parent.requested());
  }
  void resume_directly() noexcept {
    if (waiter_.state() == waiter_state::idle) {
      waiter_.directly = true;
    } else {
      Core::resume_directly(waiter_);
    }
  }

 protected:
  template <class... Args>
  registration(Core& map, Key key, Token token, Args&&... args)
      : waiter_(std::forward<Args>(args)...), key_(std::move(key)), stop_(std::move(token)) {
    waiter_.map = &map;
  }
  registration(registration&& idle) noexcept(std::is_nothrow_move_constructible_v<Key> &&
                                             std::is_nothrow_move_constructible_v<Waiter> &&
                                             std::is_nothrow_move_constructible_v<Token>)
      : waiter_(std::move(idle.still_idle().waiter_)),
        key_(std::move(idle.key_)),
        stop_(std::move(idle.stop_)) {}

  // Of one that is registered, and not awaited. Locks; throws what the stop callback's constructor throws: then
  // the wait is over.
  registration(std::in_place_t, registration& registered)
      : waiter_(std::source_location(), waiter_kind{registered.waiter_.kind},
                waiter_role{registered.waiter_.role}),
        key_(std::move(registered.key_)),
        stop_(std::move(registered.disarmed().stop_)) {
    if (!Core::replace(registered.waiter_, waiter_)) return;
    try {
      stop_.arm(*this);
    } catch (...) {
      detach();
      throw;
    }
  }

  ~registration() {
    stop_.disarm();
    if (!waiter_.is_over()) detach();
    // The claim that has come to one whose coroutine does not go on.
    if constexpr (requires { waiter_.hold; }) Core::let_go(waiter_.hold);
  }

  // Returns whether the waiter is linked; then it may be decided, and a coroutine be resumed, at
  // any time: nothing of *this is touched any more. Throws what registration throws: nothing has
  // changed.
  bool begin() {
    locate();
    return begin_located(no_parent());
  }
  // Its two parts. Throws what the hash throws.
  void locate() { static_cast<Core*>(waiter_.map)->locate(key_.get(), waiter_); }
  // Locks. Not inlined, so that a coroutine has few registers to save: at every resumption it saves those
  // that its registration needs too.
  template <class Parent>
  WAIT_MAP_NOINLINE bool begin_located(Parent parent) {  // by value: of no_parent nothing is passed
    try {
      parent.arm();
      stop_.arm(*this);
      return Core::begin_wait(key_, waiter_, either_stop(stop_, parent));
    } catch (...) {
      stop_.disarm();
      parent.disarm();
      Core::forget_shard(waiter_);  // it may be awaited again, or moved
      throw;
    }
  }

  // Takes the outcome. From here on it is over, as the destructor sees without a look at its state.
  template <class Result>
  WAIT_MAP_ALWAYS_INLINE Result finish() {
    stop_.disarm();
    waiter_.shard = nullptr;
    return result_of<Result>::read(waiter_);
  }

  // While the waiter is linked, or has just been decided.
  void withdraw(wait_end end) noexcept { Core::withdraw(waiter_, end); }

  Waiter waiter_;

 private:
  template <class Stop>
  void stop_by(Stop& stop, wait_end how) noexcept {
    // Decided: the map may be gone. Else it is there, since a wait on it has not ended.
    const waiter_state state = waiter_.state();
    if (state == waiter_state::ready || state == waiter_state::done) return;
    Core::stop(waiter_, stop, how);
  }

  registration& still_idle() {
    if (waiter_.state() != waiter_state::idle) {
      fatal("a wait was moved after it was awaited. Move it before, or not at all.");
    }
    return *this;
  }
  registration& disarmed() noexcept {
    stop_.disarm();
    return *this;
  }

  // Before the wait is over. Ready: then in a list of this thread. Done: a subscription that another
  // thread has just ended.
  WAIT_MAP_NOINLINE void detach() noexcept {
    const waiter_state now = waiter_.state();
    if (now == waiter_state::linked) withdraw(wait_end::cancelled);
    if (now == waiter_state::ready) ready_list::remove(waiter_);
  }

  Key key_;
  WAIT_MAP_NO_UNIQUE_ADDRESS stop_part<registration, Token> stop_;
};

// Awaits an operation that stays where it is. Costs a word of the coroutine's frame.
template <class Operation>
class awaiter_of {
 public:
  explicit awaiter_of(Operation& operation) noexcept : operation_(operation) {}
  bool await_ready() const noexcept { return operation_.await_ready(); }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> coroutine) {
    return operation_.await_suspend(coroutine);
  }
  decltype(auto) await_resume() { return operation_.await_resume(); }

 private:
  Operation& operation_;
};

// What wait() and its kin return: registers when it is awaited. Lives in the coroutine's frame, or in
// what stands for it there (see awaiters.hpp).
//
// It can be moved until then: senders are, and g++ 12 does it where a promise has an await_transform that forwards
// by reference (QCoro). Where senders copy what they are given as an lvalue, this is moved too: it is awaited once.
template <class Core, class Key, class Waiter, class Result, class Token>
class [[nodiscard("a wait does nothing until it is awaited with co_await")]] wait_operation
    : public registration<Core, Key, Waiter, Token>,
      public awaited_anywhere<wait_operation<Core, Key, Waiter, Result, Token>> {
  using base = registration<Core, Key, Waiter, Token>;

 public:
  template <class... Args>
  explicit wait_operation(Core& map, Args&&... args) : base(map, std::forward<Args>(args)...) {}
  wait_operation(wait_operation&&) = default;
  wait_operation(wait_operation& idle) : wait_operation(std::move(idle)) {}

  // Always false: registration, in await_suspend, needs the coroutine's handle.
  bool await_ready() const noexcept { return false; }

  template <class Parent>
  bool suspend(std::coroutine_handle<> coroutine, Parent&& parent) {
    if (this->waiter_.continuation != nullptr) {
      fatal(
          "a wait was awaited a second time, or after it was moved from. Call wait() anew for each "
          "co_await.");
    }
    this->locate();  // before the coroutine is noted: where the hash throws, it may be awaited again
    this->waiter_.continuation = coroutine.address();
    if constexpr (std::same_as<std::remove_cvref_t<Parent>, no_parent>) {
      return this->begin_located(no_parent());
    } else {
      return this->begin_located(parent_reference(parent));
    }
  }

  WAIT_MAP_ALWAYS_INLINE Result await_resume() { return this->template finish<Result>(); }
};

// What subscribe() and its kin return: registers when it is made, and can be awaited later.
template <class Core, class Key, class Waiter, class Result, class Token>
class [[nodiscard(
    "a subscription ends when it is destroyed; keep it and await it")]] subscription_operation
    : public registration<Core, Key, Waiter, Token>,
      public awaited_anywhere<subscription_operation<Core, Key, Waiter, Result, Token>> {
  using base = registration<Core, Key, Waiter, Token>;

 public:
  template <class... Args>
  explicit subscription_operation(Core& map, Args&&... args)
      : base(map, std::forward<Args>(args)...) {
    this->begin();
  }
  // Until it is awaited. Locks. See wait_operation.
  // NOLINTNEXTLINE(performance-noexcept-move-constructor): a token's callback may throw when it is made
  subscription_operation(subscription_operation&& other)
      : base(std::in_place, other.not_awaited()) {}
  subscription_operation(subscription_operation& other)
      : subscription_operation(std::move(other)) {}

  // So that no compiler moves the subscription: see wait_operation.
  auto operator co_await() noexcept { return awaiter_of<subscription_operation>(*this); }

  /// Whether the outcome is decided: co_await will not suspend.
  bool await_ready() const noexcept { return this->waiter_.state() == waiter_state::done; }

  template <class Parent>
  bool suspend(std::coroutine_handle<> coroutine, Parent&& parent) {
    not_awaited();
    parent.arm();
    return Core::attach(this->waiter_, coroutine);
  }

  Result await_resume() {
    if (this->waiter_.shard == nullptr) refuse();
    return this->template finish<Result>();
  }

 private:
  subscription_operation& not_awaited() noexcept {
    if (this->waiter_.continuation != nullptr || this->waiter_.shard == nullptr) refuse();
    return *this;
  }
  [[noreturn]] static void refuse() noexcept {
    fatal(
        "a subscription was awaited a second time, or moved or awaited after that. Call "
        "subscribe() "
        "anew for each co_await.");
  }
};

// A wait of a plain thread.
template <class Core, class Key, class Waiter, class Result, class Token>
class blocking_operation : registration<Core, Key, Waiter, Token> {
  using base = registration<Core, Key, Waiter, Token>;

 public:
  template <class... Args>
  explicit blocking_operation(Core& map, Args&&... args) : base(map, std::forward<Args>(args)...) {
    this->waiter_.parker = &parker_;
  }
  blocking_operation(const blocking_operation&) = delete;

  Result block() {
    if (this->begin()) parker_.park();
    return this->template finish<Result>();
  }

  // After the time the wait ends as if it had been stopped.
  template <class Rep, class Period>
  Result block_for(const std::chrono::duration<Rep, Period>& timeout) {
    using clock = std::chrono::steady_clock;
    using seconds = std::chrono::duration<double>;
    clock::time_point deadline = clock::now();  // of any timeout that is not above 0
    if (seconds(timeout) >= seconds((clock::time_point::max)() - deadline)) return block();
    if (timeout > timeout.zero()) deadline += std::chrono::ceil<clock::duration>(timeout);
    return block_until(deadline);
  }
  template <class TimePoint>
  Result block_until(const TimePoint& deadline) {
    if (this->begin() && !parker_.park_until(deadline)) {
      this->withdraw(wait_end::stopped);
      const bool ended_by_another = this->waiter_.state() != waiter_state::done;
      if (ended_by_another) parker_.park();
    }
    return this->template finish<Result>();
  }

 private:
  typename Core::parker_type parker_;
};

}  // namespace waitmap::detail
