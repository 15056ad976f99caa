// wait_operation: what wait() and its kin return, and what co_await makes of it.
#pragma once

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <optional>
#include <source_location>
#include <string_view>
#include <type_traits>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/table.hpp>
#include <wait_map/detail/waiter.hpp>
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

// How an operation keeps the key it was called with, as a `Lookup`: an lvalue by reference, unless it is small
// and trivial; anything else by value.
template <class Given, class Lookup>
class kept_key {
 public:
  static constexpr bool by_reference =
      std::is_lvalue_reference_v<Given> && std::same_as<std::remove_cvref_t<Given>, Lookup> &&
      !(std::is_trivially_copyable_v<Lookup> && sizeof(Lookup) <= 2 * sizeof(void*));

  explicit kept_key(Given&& key) : key_(static_cast<kept>(std::forward<Given>(key))) {}
  const Lookup& get() const noexcept { return key_; }

 private:
  using kept = std::conditional_t<by_reference, const Lookup&, Lookup>;
  kept key_;
};

// What an awaiting coroutine gets of a waiter whose wait has ended: optional<T>.
template <class Waiter, class T>
std::optional<T> result_of(Waiter& waiting) {
  if (waiting.end == wait_end::value) return std::optional<T>(std::move(unwrap<T>(waiting.value())));
  if (waiting.end == wait_end::failed) std::rethrow_exception(waiting.error());
  return std::nullopt;
}

// The stop callback of an operation, and what it needs to find the operation's waiter: it may run on another
// thread, at any time from arm() to disarm(), so it reads nothing that changes but the waiter's state.
template <class Operation, class Token>
class stop_part {
 public:
  explicit stop_part(Token token) : token_(std::move(token)) {}

  // Before registration. A stop that has been requested already runs the callback here.
  void arm(Operation& operation, std::size_t hash) {
    if (!token_.stop_possible()) return;
    hash_ = hash;
    callback_.emplace(token_, stop_function{&operation});
  }
  // Waits while the callback runs on another thread.
  void disarm() noexcept { callback_.reset(); }

  // Under the shard's lock.
  bool requested() const noexcept { return requested_; }
  void note_request() noexcept { requested_ = true; }

  std::size_t hash() const noexcept { return hash_; }

 private:
  struct stop_function {
    Operation* operation;
    void operator()() const noexcept { operation->stop(); }
  };

  Token token_;
  std::size_t hash_ = 0;
  bool requested_ = false;
  std::optional<stop_callback_for<Token, stop_function>> callback_;
};

template <class Operation>
class stop_part<Operation, no_stop_token> {
 public:
  explicit stop_part(no_stop_token) noexcept {}
  void arm(Operation&, std::size_t) noexcept {}
  void disarm() noexcept {}
  bool requested() const noexcept { return false; }
};

// One wait. `Core` is the map's inside: it hashes, locks and resumes. `Waiter` is the waiter with the place
// for its result, `T` what the coroutine gets an optional of.
//
// Lives in the coroutine's frame; neither copied nor moved, so that its address can be linked. Registers
// nothing before it is awaited.
template <class Core, class Key, class Waiter, class T, class Token>
class [[nodiscard("a wait does nothing until it is awaited with co_await")]] wait_operation {
 public:
  template <class... Args>
  wait_operation(Core& core, Key key, Token token, Args&&... args)
      : waiter_(std::forward<Args>(args)...), key_(std::move(key)), stop_(std::move(token)) {
    waiter_.registered.map = &core;
    if constexpr (stoppable) core_ = &core;
  }
  wait_operation(const wait_operation&) = delete;
  wait_operation& operator=(const wait_operation&) = delete;

  ~wait_operation() {
    stop_.disarm();
    // Only idle, linked (then nobody has decided) or ready (then in a list of this thread).
    if (waiter_.state() == waiter_state::linked) {
      core().abandon(looked_up(), waiter_);
    } else if (waiter_.state() == waiter_state::ready) {
      ready_list::remove(waiter_);
    }
  }

  // Always false: registration, in await_suspend, needs the coroutine's handle.
  bool await_ready() const noexcept { return false; }

  // Returns false, and the coroutine goes on, where the wait ends at once. Once it returns true, or another
  // thread may run the coroutine, nothing of *this is touched.
  bool await_suspend(std::coroutine_handle<> coroutine) {
    if (waiter_.state() != waiter_state::idle || waiter_.end != wait_end::pending) {
      fatal("a wait was awaited twice. Call wait() anew for each co_await.");
    }
    Core& map = core();
    waiter_.continuation = coroutine.address();
    waiter_.registered.hash = map.hash(key_.get());
    if constexpr (stoppable) {
      stop_.arm(*this, waiter_.registered.hash);
      try {
        return map.begin_wait(looked_up(), waiter_, stop_);
      } catch (...) {
        stop_.disarm();
        throw;
      }
    } else {
      return map.begin_wait(looked_up(), waiter_, stop_);
    }
  }

  std::optional<T> await_resume() {
    stop_.disarm();
    return result_of<Waiter, T>(waiter_);
  }

  // Runs on the thread that requests the stop.
  void stop() noexcept
    requires(!std::same_as<Token, no_stop_token>)
  {
    // Decided: the map may be gone. Else it is there, since the wait it decides has not ended.
    const waiter_state state = waiter_.state();
    if (state == waiter_state::ready || state == waiter_state::done) return;
    core_->stop(hashed_key{key_.get(), stop_.hash()}, waiter_, stop_);
  }

 private:
  static constexpr bool stoppable = !std::same_as<Token, no_stop_token>;
  struct nothing {};
  using hashed_key = hashed<std::remove_cvref_t<decltype(std::declval<const Key&>().get())>>;

  Core& core() const noexcept { return *static_cast<Core*>(waiter_.registered.map); }
  // While idle or linked.
  hashed_key looked_up() const noexcept { return {key_.get(), waiter_.registered.hash}; }

  Waiter waiter_;
  Key key_;
  WAIT_MAP_NO_UNIQUE_ADDRESS std::conditional_t<stoppable, Core*, nothing> core_{};
  WAIT_MAP_NO_UNIQUE_ADDRESS stop_part<wait_operation, Token> stop_;
};

}  // namespace waitmap::detail
