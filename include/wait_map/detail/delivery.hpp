// The kinds of waiters, with the place for what they wait for, and how a value or an error reaches
// them.
#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/resume.hpp>
#include <wait_map/detail/stored.hpp>
#include <wait_map/detail/waiter.hpp>

namespace waitmap::detail {

// Not inlined, since compilers that do not see that a waiter's `end` tells of it warn, at the user's line, that it may be
// uninitialized.
WAIT_MAP_NOINLINE inline void destroy_error(std::exception_ptr& error) noexcept {
  std::destroy_at(&error);
}

// In a waiter whose `end` says which of them is alive: the place where the wait was called, while it
// is pending; a T; an exception; or nothing.
template <class T, class Base>
class with_result : public Base {
 public:
  template <class... Args>
  explicit with_result(std::source_location called_at, Args&&... args)
      : Base(std::forward<Args>(args)...), where_(called_at) {}
  with_result(with_result&& idle) noexcept : Base(std::move(idle)), where_(idle.where_) {}

  ~with_result() {
    if (this->end == wait_end::value) std::destroy_at(std::addressof(value_));
    if (this->end == wait_end::failed) destroy_error(error_);
  }

  // Of one that waits, or has ended, what there is.
  void take_over(with_result& from) noexcept(std::is_nothrow_move_constructible_v<T>) {
    switch (from.end) {
      case wait_end::pending:
        where_ = from.where_;
        break;
      case wait_end::value:
        std::construct_at(std::addressof(value_), std::move(from.value_));
        break;
      case wait_end::failed:
        std::construct_at(&error_, std::move(from.error_));
        break;
      default:
        break;
    }
    this->end = from.end;
  }

  // Throws what make() throws: nothing has changed.
  template <class Make>
  void set_value(Make&& make) {
    if constexpr (noexcept(T(make()))) {
      ::new (static_cast<void*>(std::addressof(value_))) T(make());
    } else {
      const std::source_location called_at = where_;
      try {
        ::new (static_cast<void*>(std::addressof(value_))) T(make());
      } catch (...) {
        where_ = called_at;  // T may have written over it before it threw
        throw;
      }
    }
    this->end = wait_end::value;
  }
  void set_error(std::exception_ptr error) noexcept {
    std::construct_at(&error_, std::move(error));
    this->end = wait_end::failed;
  }

  // Only where `end` says so.
  const std::source_location& where() const noexcept { return where_; }
  T& value() noexcept { return value_; }
  const std::exception_ptr& error() const noexcept { return error_; }

 private:
  union {
    std::source_location where_;
    T value_;
    std::exception_ptr error_;
  };
};

// An observer or a taker.
template <class Value, class Policy>
using value_waiter = with_result<stored<Value>, waiter<Policy>>;

// A visitor, as the shards see it, which do not know its result: `deliver` calls the visitor's function
// with the value, or, without a value, keeps the error.
template <class Value, class Policy>
class visitor_base : public waiter<Policy> {
 public:
  using delivering = void (*)(visitor_base& self, Value* value,
                              const std::exception_ptr* error) noexcept;

  visitor_base(delivering function, std::source_location called_at) noexcept
      : waiter<Policy>(waiter_kind::visitor), deliver(function), where(called_at) {}
  visitor_base(visitor_base&&) noexcept = default;

  const delivering deliver;
  const std::source_location where;
};

// A visitor with its function and the place for the function's result.
template <class Value, class Policy, class Function, class Result>
class visiting_waiter : public with_result<Result, visitor_base<Value, Policy>> {
  using base = with_result<Result, visitor_base<Value, Policy>>;

 public:
  visiting_waiter(std::source_location called_at, Function function)
      : base(called_at, &deliver_any, called_at), function_(std::move(function)) {}
  visiting_waiter(visiting_waiter&&) = default;

  // Throws what the function throws. Called under the lock: what the function ends in other maps is
  // resumed when the lock is dropped.
  void visit(Value& value) {
    const inside_callable<Policy> noted;
    this->set_value([&]() -> Result {
      if constexpr (std::is_void_v<std::invoke_result_t<Function&, Value&>>) {
        std::invoke(function_, value);
        return Result{};
      } else {
        return std::invoke(function_, value);
      }
    });
  }

 private:
  static void deliver_any(visitor_base<Value, Policy>& base_of_self, Value* value,
                          const std::exception_ptr* error) noexcept {
    auto& self = static_cast<visiting_waiter&>(base_of_self);
    if (value == nullptr) {
      self.set_error(*error);
      return;
    }
    try {
      self.visit(*value);
    } catch (...) {
      self.set_error(std::current_exception());
    }
  }

  Function function_;
};

// Whether a wait brings a function of the user's.
template <class Waiter>
inline constexpr bool calls_function = false;
template <class Value, class Policy, class Function, class Result>
inline constexpr bool calls_function<visiting_waiter<Value, Policy, Function, Result>> = true;

// Where a wait that is pending was called.
template <class Value, class Policy>
std::source_location where_called(const waiter<Policy>& pending) noexcept {
  if (pending.kind == waiter_kind::visitor) {
    return static_cast<const visitor_base<Value, Policy>&>(pending).where;
  }
  return static_cast<const value_waiter<Value, Policy>&>(pending).where();
}

// To an observer. A copy that throws fails that waiter alone.
template <class Value, class Policy>
void give_copy(waiter<Policy>& to, const Value& value) noexcept {
  auto& observer = static_cast<value_waiter<Value, Policy>&>(to);
  const auto copy = [&] { return make_stored<Value>(value); };
  if constexpr (noexcept(make_stored<Value>(value))) {
    observer.set_value(copy);
  } else {
    try {
      observer.set_value(copy);
    } catch (...) {
      observer.set_error(std::current_exception());
    }
  }
}

// To an observer or a visitor. A function that throws fails that waiter alone.
template <class Value, class Policy>
void deliver_value(waiter<Policy>& to, Value& value) noexcept {
  if (to.kind == waiter_kind::visitor) {
    auto& visitor = static_cast<visitor_base<Value, Policy>&>(to);
    visitor.deliver(visitor, std::addressof(value), nullptr);
  } else if constexpr (std::copy_constructible<Value>) {  // else there are no observers
    give_copy<Value, Policy>(to, value);
  }
}

inline void require_error(const std::exception_ptr& error) {
  if (!error) {
    throw std::invalid_argument("wait_map: waits are to fail with a null exception_ptr");
  }
}

template <class Value, class Policy>
void deliver_error(waiter<Policy>& to, const std::exception_ptr& error) noexcept {
  if (to.kind == waiter_kind::visitor) {
    auto& visitor = static_cast<visitor_base<Value, Policy>&>(to);
    visitor.deliver(visitor, nullptr, &error);
  } else {
    static_cast<value_waiter<Value, Policy>&>(to).set_error(error);
  }
}

}  // namespace waitmap::detail
