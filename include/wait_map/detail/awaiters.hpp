// How an operation is awaited where a coroutine_handle is not all there is to it: by a coroutine whose parent
// may stop it (environment_awaiter, cancellable_operation), by one that goes on where it likes (via_operation), and by
// a receiver (wait_state). awaited_anywhere is what an operation has for the families of coroutines.
//
// Each of them keeps the operation, or refers to it, and uses this of it: await_ready(), suspend(coroutine,
// parent), await_resume(), stop_by(parent), was_stopped_by(parent), resume_directly(). `parent` has arm(), before
// registration, and disarm(); note_request() and requested(), under the shard's lock.
#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <wait_map/detail/environment.hpp>
#include <wait_map/detail/never.hpp>
#include <wait_map/detail/owner_frame.hpp>
#include <wait_map/policy.hpp>
#include <wait_map/stop_token.hpp>

// folly's hook for what is awaited in its coroutines is a function of this name that it finds by its argument.
namespace folly {
class CancellationToken;
class CancellationCallback;
struct OperationCancelled;
}  // namespace folly

namespace waitmap::detail {

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
    // There is none yet. Said, since g++ 14 warns on i386 of the one that it would destroy.
    if (token_.stop_possible() && !callback_) callback_.emplace(token_, stop_function{&operation});
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
  void note_request() noexcept {}
};

template <class Token>
concept token_or_none = stoppable_token<Token> || std::same_as<Token, no_stop_token>;

// Made where a function is given a token: the compiler stops there.
template <class Token>
struct require_token {
  static_assert(
      token_or_none<Token>,
      "wait_map: what follows here is a stop token: std::stop_token, or a type with the "
      "interface of C++26's stoppable tokens. For a deadline: waitmap::deadline_timer timer; "
      "co_await map.wait(key, timer.after(5s)), from <wait_map/deadline.hpp>.");
};
template <class Operation, class Token>
  requires(!token_or_none<Token>)
class stop_part<Operation, Token> : public stop_part<Operation, no_stop_token> {
 public:
  explicit stop_part(const Token&) noexcept
      : stop_part<Operation, no_stop_token>(no_stop_token()) {}
};

// The parent of a coroutine that nobody but its own token stops.
struct no_parent {
  void arm() const noexcept {}
  void disarm() const noexcept {}
  bool requested() const noexcept { return false; }
};

// Any other parent, to be passed by value.
template <class Parent>
class parent_reference {
 public:
  explicit parent_reference(Parent& parent) noexcept : parent_(parent) {}
  void arm() const { parent_.arm(); }
  void disarm() const noexcept { parent_.disarm(); }
  bool requested() const noexcept { return parent_.requested(); }

 private:
  Parent& parent_;
};

// Either the wait's own token was stopped before it was registered, or the parent's.
template <class Stop, class Parent>
class either_stop {
 public:
  // clang 16 deduces the parameters of no aggregate.
  either_stop(const Stop& stop, const Parent& parent) noexcept : stop_(stop), parent_(parent) {}
  bool requested() const noexcept { return stop_.requested() || parent_.requested(); }

 private:
  const Stop& stop_;
  const Parent& parent_;
};

// An operation and the parent's token that stops it.
template <class Operation, class Token>
class stopped_by_parent {
 public:
  void arm() { stop_.arm(*this); }
  void disarm() noexcept { stop_.disarm(); }
  bool requested() const noexcept { return stop_.requested(); }
  void note_request() noexcept { stop_.note_request(); }
  // Runs on the thread that requests the stop.
  void stop() noexcept { operation_.stop_by(*this); }

 protected:
  stopped_by_parent(Operation&& operation, Token token)
      : operation_(std::forward<Operation>(operation)), stop_(std::move(token)) {}
  stopped_by_parent(stopped_by_parent&&) = default;  // while the operation is idle

  bool was_stopped() const noexcept { return operation_.was_stopped_by(*this); }

  Operation operation_;

 private:
  stop_part<stopped_by_parent, Token> stop_;
};

// In a coroutine whose promise has an environment: a stop of the parent ends the wait, and the coroutine as its
// family ends stopped work. No allocation.
template <class Operation, class Promise>
class environment_awaiter
    : public owner_frame,
      public stopped_by_parent<Operation,
                               decltype(detail::stop_token_of(std::declval<Promise&>()))> {
  using base =
      stopped_by_parent<Operation, decltype(detail::stop_token_of(std::declval<Promise&>()))>;

 public:
  environment_awaiter(Operation&& operation, Promise& promise)
      : owner_frame(std::in_place_type<environment_awaiter>),
        base(std::forward<Operation>(operation), detail::stop_token_of(promise)),
        promise_(&promise) {}
  environment_awaiter(environment_awaiter&& idle) = default;

  bool await_ready() const noexcept { return this->operation_.await_ready(); }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> coroutine) {
    coroutine_ = coroutine;
    if (this->operation_.suspend(this->handle(), static_cast<base&>(*this))) {
      return std::noop_coroutine();
    }
    return next();
  }
  decltype(auto) await_resume() {
    this->disarm();
    return this->operation_.await_resume();
  }

 private:
  friend owner_frame;

  void resume() { next().resume(); }
  void destroy() { coroutine_.destroy(); }

  // The wait is over. What the parent's token belongs to may go as soon as the parent is told.
  std::coroutine_handle<> next() noexcept {
    if (!this->was_stopped()) return coroutine_;
    this->disarm();
    return detail::end_as_stopped(*promise_);
  }

  Promise* promise_;
  std::coroutine_handle<> coroutine_;
};

// A sender that is connected: the operation and who gets its result, whom Access knows how to tell. It is the
// wait's owner, called when that is over: no coroutine is there, and nothing is allocated. Neither copied nor moved.
template <class Operation, class Receiver, class Access>
class wait_state
    : public owner_frame,
      public stopped_by_parent<Operation,
                               decltype(Access::stop_token(std::declval<const Receiver&>()))> {
  using base =
      stopped_by_parent<Operation, decltype(Access::stop_token(std::declval<const Receiver&>()))>;

 public:
  using operation_state_concept = typename Access::operation_state_tag;

  wait_state(Operation&& operation, Receiver&& receiver)
      : owner_frame(std::in_place_type<wait_state>),
        base(std::move(operation), Access::stop_token(receiver)),
        receiver_(std::move(receiver)) {}
  wait_state(wait_state&&) = delete;

  void start() & noexcept {
    try {
      if (!this->operation_.await_ready() &&
          this->operation_.suspend(this->handle(), static_cast<base&>(*this))) {
        return;  // from here on *this may be gone
      }
    } catch (...) {
      Access::set_error(receiver_, std::current_exception());
      return;
    }
    resume();
  }

 private:
  friend owner_frame;

  // The wait is over, and the receiver is told, which may end the life of *this.
  void resume() noexcept {
    const bool stopped = this->was_stopped();
    this->disarm();
    if (stopped) {
      Access::set_stopped(receiver_);
      return;
    }
    std::exception_ptr error;
    std::optional<decltype(this->operation_.await_resume())> result;
    try {
      result.emplace(this->operation_.await_resume());
    } catch (...) {
      error = std::current_exception();
    }
    if (error) {
      Access::set_error(receiver_, std::move(error));
    } else {
      Access::set_value(receiver_, *std::move(result));
    }
  }
  // An executor of the map's will not run what it was handed.
  void destroy() noexcept { Access::set_stopped(receiver_); }

  Receiver receiver_;
};

// libunifex's receivers.
template <class Receiver>
concept unifex_receiver =
    requires(std::remove_cvref_t<Receiver>& receiver) { std::move(receiver).set_done(); };
struct unifex_access {
  struct operation_state_tag {};

  template <class Receiver, class Result>
  static void set_value(Receiver& receiver, Result&& result) noexcept {
    if constexpr (noexcept(std::move(receiver).set_value(std::forward<Result>(result)))) {
      std::move(receiver).set_value(std::forward<Result>(result));
    } else {
      try {
        std::move(receiver).set_value(std::forward<Result>(result));
      } catch (...) {
        std::move(receiver).set_error(std::current_exception());
      }
    }
  }
  template <class Receiver>
  static void set_error(Receiver& receiver, std::exception_ptr error) noexcept {
    std::move(receiver).set_error(std::move(error));
  }
  template <class Receiver>
  static void set_stopped(Receiver& receiver) noexcept {
    std::move(receiver).set_done();
  }
  template <class Receiver>
  static auto stop_token(const Receiver& receiver) noexcept {
    return detail::stop_token_of(receiver);
  }
};
// (Named where Operation is not complete yet.)
template <class Operation, template <class...> class>
struct result_of_operation {
  using type = decltype(std::declval<Operation&>().await_resume());
};

// A token of folly's, as a stoppable token.
template <class Native, class Callback>
class cancellation_token {
 public:
  explicit cancellation_token(const Native& native) : native_(native) {}

  bool stop_requested() const noexcept { return native_.isCancellationRequested(); }
  bool stop_possible() const noexcept { return native_.canBeCancelled(); }

  template <class Function>
  class callback_type {
   public:
    callback_type(const cancellation_token& token, Function function)
        : callback_(token.native_, std::move(function)) {}

   private:
    Callback callback_;
  };

 private:
  Native native_;
};

// In a coroutine whose family hands a token to what is awaited: a stop ends the wait, and co_await throws the
// family's exception for stopped work, if that is known here.
template <class Operation, class Token, class Cancelled>
class cancellable_operation : public stopped_by_parent<Operation, Token> {
  using base = stopped_by_parent<Operation, Token>;

 public:
  cancellable_operation(Operation&& operation, Token token)
      : base(std::forward<Operation>(operation), std::move(token)) {}

  bool await_ready() const noexcept { return this->operation_.await_ready(); }
  bool await_suspend(std::coroutine_handle<> coroutine) {
    return this->operation_.suspend(coroutine, static_cast<base&>(*this));
  }
  decltype(auto) await_resume() {
    this->disarm();
    if constexpr (requires { sizeof(Cancelled); }) {
      if (this->was_stopped()) throw Cancelled();
    }
    return this->operation_.await_resume();
  }
};

template <class Operation, class Token, class Callback = folly::CancellationCallback,
          class Cancelled = folly::OperationCancelled>
auto with_cancellation(Operation&& operation, const Token& token) {
  using adapted = cancellation_token<Token, Callback>;
  return cancellable_operation<Operation, adapted, Cancelled>(std::forward<Operation>(operation),
                                                              adapted(token));
}

template <class Operation, class Resumer>
class via_operation;

// --- families whose coroutines go on on their own executor alone, and do not see to that themselves

template <class Promise>
concept of_asio_or_cobalt = requires(Promise& promise) {
  promise.get_executor();
  promise.get_cancellation_slot();
};
template <class Promise>
concept of_seastar = requires(Promise& promise) { promise.run_and_dispose(); };

template <class Promise>
struct require_any_executor {
  static_assert(
      !of_asio_or_cobalt<Promise>,
      "wait_map: in a coroutine of Boost.Cobalt's or Asio's write co_await "
      "waitmap::async_wait(map, key, boost::cobalt::use_op), or another of the async_ functions "
      "of <wait_map/asio.hpp>, so that it goes on on its executor.");
  static_assert(
      !of_seastar<Promise>,
      "wait_map: a coroutine of Seastar's goes on on its own shard alone. Let a thread wait by "
      "blocking_wait(), or a coroutine of another kind, and hand the value over by "
      "seastar::alien::submit_to().");
};
template <>
struct require_any_executor<void> {};

// What all operations have in common for their users, and for the families of coroutines.
template <class Operation>
class awaited_anywhere {
 public:
  /// Where the coroutine goes on when this wait ends: resumer(std::coroutine_handle<>) is called once, with no
  /// lock held, on the thread that ends the wait, instead of the map's resumer. It resumes the coroutine or hands it
  /// to an executor; it must not throw. A wait that ends at once does not suspend, and calls nobody.
  /// Returns: what is awaited instead of *this; of an lvalue, refers to it.
  template <resumer_function Resumer>
  [[nodiscard]] auto via(Resumer resumer) && {
    return via_operation<Operation, Resumer>(std::move(self()), std::move(resumer));
  }
  template <resumer_function Resumer>
  [[nodiscard]] auto via(Resumer resumer) & {
    return via_operation<Operation&, Resumer>(self(), std::move(resumer));
  }

  // Returns false, and the coroutine goes on, where the wait ends at once.
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> coroutine) {
    require_any_executor<Promise>();
    return self().suspend(coroutine, no_parent());
  }

  // What an asio::awaitable tries with what it does not know.
  template <class Frame>
    requires requires(Frame& frame) {
      frame.push_frame(&frame);
      frame.pop_frame();
    }
  auto operator()(Frame*) const {
    static_assert(
        never<Frame>,
        "wait_map: in an asio::awaitable write co_await waitmap::async_wait(map, key, "
        "asio::use_awaitable), or another of the async_ functions of <wait_map/asio.hpp>.");
  }

  // The hook of std::execution, stdexec and beman: what a promise awaits in the place of *this.
  template <stoppable_promise Promise>
    requires(!comes_home_from_senders_only<Promise>)
  auto as_awaitable(Promise& promise) && {
    return environment_awaiter<Operation, Promise>(std::move(self()), promise);
  }
  template <stoppable_promise Promise>
    requires(!comes_home_from_senders_only<Promise>)
  auto as_awaitable(Promise& promise) & {
    return environment_awaiter<Operation&, Promise>(self(), promise);
  }

  // For libunifex, whose coroutines await a sender in a way that knows of its stops and of its schedulers, *this is one.
  template <template <class...> class Variant, template <class...> class Tuple>
  using value_types = Variant<Tuple<typename result_of_operation<Operation, Variant>::type>>;
  template <template <class...> class Variant>
  using error_types = Variant<std::exception_ptr>;
  static constexpr bool sends_done = true;

  template <unifex_receiver Receiver>
  auto connect(Receiver&& receiver) && {
    using kept = std::remove_cvref_t<Receiver>;
    return wait_state<Operation, kept, unifex_access>(std::move(self()),
                                                      kept(std::forward<Receiver>(receiver)));
  }

  // folly's.
  // NOLINTNEXTLINE(readability-identifier-naming): folly looks for it by this name
  friend auto co_withCancellation(const folly::CancellationToken& token, Operation&& operation) {
    return detail::with_cancellation<Operation>(std::move(operation), token);
  }
  // NOLINTNEXTLINE(readability-identifier-naming): likewise
  friend auto co_withCancellation(const folly::CancellationToken& token, Operation& operation) {
    return detail::with_cancellation<Operation&>(operation, token);
  }

 private:
  friend Operation;
  awaited_anywhere() noexcept = default;

  Operation& self() noexcept { return static_cast<Operation&>(*this); }
};

// Another resumer for one wait.
template <class Operation, class Resumer>
class [[nodiscard("a wait does nothing until it is awaited with co_await")]] via_operation
    : public owner_frame,
      public awaited_anywhere<via_operation<Operation, Resumer>> {
 public:
  via_operation(Operation&& operation, Resumer resumer)
      : owner_frame(std::in_place_type<via_operation>),
        operation_(std::forward<Operation>(operation)),
        resumer_(std::move(resumer)) {}
  // Until it is awaited; see wait_operation.
  via_operation(via_operation&&) = default;
  via_operation(via_operation& idle) : via_operation(std::move(idle)) {}

  bool await_ready() const noexcept { return operation_.await_ready(); }
  decltype(auto) await_resume() { return operation_.await_resume(); }

  template <class Parent>
  bool suspend(std::coroutine_handle<> coroutine, Parent&& parent) {
    coroutine_ = coroutine;
    operation_.resume_directly();
    return operation_.suspend(this->handle(), parent);
  }
  template <class Parent>
  void stop_by(Parent& parent) noexcept {
    operation_.stop_by(parent);
  }
  template <class Parent>
  bool was_stopped_by(const Parent& parent) const noexcept {
    return operation_.was_stopped_by(parent);
  }
  void resume_directly() noexcept {}

 private:
  friend owner_frame;

  // The coroutine may go on, and *this be gone, before the resumer returns. One that throws ends the program.
  void resume() noexcept {
    Resumer resumer(std::move(resumer_));
    resumer(coroutine_);
  }
  void destroy() { coroutine_.destroy(); }

  Operation operation_;
  Resumer resumer_;
  std::coroutine_handle<> coroutine_;
};

}  // namespace waitmap::detail
