// wait_operation, subscription_operation, blocking_operation: one wait, awaited, subscribed to or
// blocked on.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/thread_parker.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/result.hpp>
#include <wait_map/stop_token.hpp>

namespace waitmap::detail {

// The stop token of a wait that has none.
struct no_stop_token {};

template <class Token>
concept token_or_none = stoppable_token<Token> || std::same_as<Token, no_stop_token>;

// A visitor's function that may look at the value but not change it.
template <class Function>
struct reading {
  Function function;

  template <class Value>
  decltype(auto) operator()(Value& value) {
    return std::invoke(function, std::as_const(value));
  }
};

// How an operation keeps the key it was called with, as a `Lookup`: an lvalue by reference, unless
// it is small and trivial; anything else by value.
template <class Given, class Lookup>
class kept_key {
 public:
  static constexpr bool by_reference =
      std::is_lvalue_reference_v<Given> && std::same_as<std::remove_cvref_t<Given>, Lookup> &&
      !(std::is_trivially_copyable_v<Lookup> && sizeof(Lookup) <= 2 * sizeof(void*));

  template <class From>
    requires(!std::same_as<std::remove_cvref_t<From>, kept_key>)
  explicit kept_key(From&& key) : key_(static_cast<kept>(std::forward<From>(key))) {}
  const Lookup& get() const noexcept { return key_; }

 private:
  using kept = std::conditional_t<by_reference, const Lookup&, Lookup>;
  kept key_;
};

inline wait_status status_of(wait_end end) noexcept {
  switch (end) {
    case wait_end::value:
      return wait_status::value;
    case wait_end::stopped:
      return wait_status::stopped;
    case wait_end::closed:
      return wait_status::closed;
    case wait_end::abandoned:
      return wait_status::abandoned;
    case wait_end::failed:
      return wait_status::failed;
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

// The stop callback of an operation. It may run on another thread at any time from arm() to
// disarm(), so it reads nothing of the operation that changes but the waiter's state.
template <class Operation, class Token>
class stop_part {
 public:
  explicit stop_part(Token token) : token_(std::move(token)) {}
  stop_part(stop_part&& unarmed) noexcept(std::is_nothrow_move_constructible_v<Token>)
      : token_(std::move(unarmed.token_)) {}

  // Before registration. A stop that has been requested already runs the callback here.
  void arm(Operation& operation) {
    if (token_.stop_possible()) callback_.emplace(token_, stop_function{&operation});
  }
  // Waits while the callback runs on another thread.
  void disarm() noexcept { callback_.reset(); }

  // Under the shard's lock.
  bool requested() const noexcept { return requested_; }
  void note_request() noexcept { requested_ = true; }

 private:
  struct stop_function {
    Operation* operation;
    void operator()() const noexcept { operation->stop(); }
  };

  Token token_;
  bool requested_ = false;
  std::optional<stop_callback_for<Token, stop_function>> callback_;
};

template <class Operation>
class stop_part<Operation, no_stop_token> {
 public:
  explicit stop_part(no_stop_token) noexcept {}
  void arm(Operation&) noexcept {}
  void disarm() noexcept {}
  bool requested() const noexcept { return false; }
};

// One waiter, its key and its stop token: what the operations below have in common. `Core` is the
// inside of the map, `Waiter` the waiter with the place for its result.
//
// Once registered it is not moved, since its address is linked.
template <class Core, class Key, class Waiter, class Token>
class registration {
 public:
  registration& operator=(const registration&) = delete;

  // Runs on the thread that requests the stop.
  void stop() noexcept
    requires(!std::same_as<Token, no_stop_token>)
  {
    // Decided: the map may be gone. Else it is there, since a wait on it has not ended.
    const waiter_state state = waiter_.state();
    if (state == waiter_state::ready || state == waiter_state::done) return;
    Core::stop(key_.get(), waiter_, stop_);
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

  ~registration() {
    stop_.disarm();
    if (waiter_.is_over()) return;
    leave();
  }

  // Returns whether the waiter is linked; then it may be decided, and a coroutine be resumed, at
  // any time: nothing of *this is touched any more. Throws what registration throws: nothing has
  // changed.
  bool begin() {
    static_cast<Core*>(waiter_.map)->locate(key_.get(), waiter_);
    return begin_located();
  }

  // Takes the outcome. From here on it is over, as the destructor sees without a look at its state.
  template <class Result>
  WAIT_MAP_ALWAYS_INLINE Result finish() {
    stop_.disarm();
    waiter_.shard = nullptr;
    return result_of<Result>::read(waiter_);
  }

  // While the waiter is linked, or has just been decided.
  void abandon(wait_end end) noexcept { Core::abandon(key_.get(), waiter_, end); }

  Waiter waiter_;

 private:
  registration& still_idle() {
    if (waiter_.state() != waiter_state::idle) {
      fatal("a wait was moved after it was awaited. Move it before, or not at all.");
    }
    return *this;
  }

  // The part of begin() that locks. Not inlined, so that a coroutine has few registers to save: at
  // every resumption it saves those that its registration needs too.
  WAIT_MAP_NOINLINE bool begin_located() {
    try {
      stop_.arm(*this);
      return Core::begin_wait(key_.get(), waiter_, stop_);
    } catch (...) {
      stop_.disarm();
      Core::forget_place(waiter_);  // it may be awaited again, or moved
      throw;
    }
  }

  // Before the wait is over. Ready: then in a list of this thread. Done: a subscription that another
  // thread has just ended.
  WAIT_MAP_NOINLINE void leave() noexcept {
    const waiter_state now = waiter_.state();
    if (now == waiter_state::linked) abandon(wait_end::cancelled);
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
  bool await_suspend(std::coroutine_handle<> coroutine) {
    return operation_.await_suspend(coroutine);
  }
  decltype(auto) await_resume() { return operation_.await_resume(); }

 private:
  Operation& operation_;
};

// What wait() and its kin return: registers when it is awaited. Lives in the coroutine's frame.
//
// It can be moved until then. No user needs that, but g++ 12 does: where a promise has an
// await_transform that forwards by reference (QCoro), it moves what is awaited.
template <class Core, class Key, class Waiter, class Result, class Token>
class [[nodiscard("a wait does nothing until it is awaited with co_await")]] wait_operation
    : registration<Core, Key, Waiter, Token> {
  using base = registration<Core, Key, Waiter, Token>;

 public:
  template <class... Args>
  explicit wait_operation(Core& map, Args&&... args) : base(map, std::forward<Args>(args)...) {}

  // Always false: registration, in await_suspend, needs the coroutine's handle.
  bool await_ready() const noexcept { return false; }

  // Returns false, and the coroutine goes on, where the wait ends at once.
  bool await_suspend(std::coroutine_handle<> coroutine) {
    if (this->waiter_.continuation != nullptr) {
      fatal("a wait was awaited a second time. Call wait() anew for each co_await.");
    }
    this->waiter_.continuation = coroutine.address();
    return this->begin();
  }

  WAIT_MAP_ALWAYS_INLINE Result await_resume() { return this->template finish<Result>(); }
};

// What subscribe() and its kin return: registers when it is made, and can be awaited later.
template <class Core, class Key, class Waiter, class Result, class Token>
class [[nodiscard(
    "a subscription ends when it is destroyed; keep it and await it")]] subscription_operation
    : registration<Core, Key, Waiter, Token> {
  using base = registration<Core, Key, Waiter, Token>;

 public:
  template <class... Args>
  explicit subscription_operation(Core& map, Args&&... args)
      : base(map, std::forward<Args>(args)...) {
    this->begin();
  }
  subscription_operation(const subscription_operation&) = delete;

  // So that no compiler moves the subscription: see wait_operation.
  auto operator co_await() noexcept { return awaiter_of<subscription_operation>(*this); }

  /// Whether the outcome is decided: co_await will not suspend.
  bool await_ready() const noexcept { return this->waiter_.state() == waiter_state::done; }

  bool await_suspend(std::coroutine_handle<> coroutine) {
    if (this->waiter_.continuation != nullptr) refuse();
    return Core::attach(this->waiter_, coroutine);
  }

  Result await_resume() {
    if (this->waiter_.shard == nullptr) refuse();
    return this->template finish<Result>();
  }

 private:
  [[noreturn]] static void refuse() noexcept {
    fatal("a subscription was awaited a second time. Call subscribe() anew for each co_await.");
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
    if (this->begin()) parker_.park([&] { return decided(); });
    return this->template finish<Result>();
  }

  // After the deadline the wait ends as if it had been stopped.
  template <class TimePoint>
  Result block_until(const TimePoint& deadline) {
    if (this->begin() && !parker_.park_until(deadline, [&] { return decided(); })) {
      this->abandon(wait_end::stopped);
    }
    return this->template finish<Result>();
  }

 private:
  bool decided() const noexcept { return this->waiter_.state() == waiter_state::done; }

  thread_parker parker_;
};

}  // namespace waitmap::detail
