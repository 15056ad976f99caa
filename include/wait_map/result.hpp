/// @file
/// What an operation says it did: insert_outcome, insert_result, wait_status, wait_outcome,
/// first_outcome.
#pragma once

#include <wait_map/version.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

namespace waitmap {

/// What became of a value handed to the map.
enum class insert_outcome : std::uint8_t {
  inserted,    ///< stored; there was none before
  assigned,    ///< stored over an older value
  present,     ///< refused: the key has a value
  handed_off,  ///< a taker took it; nothing is stored
  delivered,   ///< deliver(): the current waiters got it; nothing is stored
  no_waiter,   ///< deliver(): refused, since nobody waits
  closed,      ///< refused: the map is closed, whether or not the key is present
  revoked,     ///< claim::set_value(): refused, since invalidate() or clear() has revoked the claim
};

/// The answer of the inserting functions. It is true where the value was accepted. A value
/// that was not accepted is not moved from.
struct insert_result {
  insert_outcome outcome;   ///< what became of the value
  std::size_t resumed = 0;  ///< the waiters whose wait this call ended

  /// Whether the value was accepted: inserted, assigned, handed_off or delivered.
  constexpr explicit operator bool() const noexcept {
    return outcome == insert_outcome::inserted || outcome == insert_outcome::assigned ||
           outcome == insert_outcome::handed_off || outcome == insert_outcome::delivered;
  }

  /// Whether both members are equal.
  friend constexpr bool operator==(const insert_result&, const insert_result&) = default;
};

/// Why a wait ended.
enum class wait_status : std::uint8_t {
  value,      ///< with the value
  cancelled,  ///< by cancel, cancel_all or cancel_if
  stopped,    ///< by its stop token
  closed,     ///< by close, or by the map's destructor
  abandoned,  ///< its producer's claim was dropped without a value, and nobody was to take it on
  failed,   ///< with an exception: one given to fail() or a claim, or thrown by a copy of the value
  claimed,  ///< claim_or_wait: the claim is the caller's
};

/// The value that a wait ended with, or the reason why there is none.
template <class Value>
class [[nodiscard]] wait_outcome {
 public:
  /// An outcome without a value: cancelled.
  wait_outcome() noexcept : wait_outcome(wait_status::cancelled) {}
  /// An outcome without a value, for this reason.
  explicit wait_outcome(wait_status reason) noexcept : status_(reason) {}
  /// An outcome without a value: failed, with this exception.
  explicit wait_outcome(std::exception_ptr error) noexcept
      : status_(wait_status::failed), error_(std::move(error)) {}
  /// An outcome with a value, made from the arguments.
  template <class... Args>
  explicit wait_outcome(std::in_place_t, Args&&... args)
      : value_(std::in_place, std::forward<Args>(args)...), status_(wait_status::value) {}

  /// Whether there is a value.
  bool has_value() const noexcept { return value_.has_value(); }
  /// Whether there is a value.
  explicit operator bool() const noexcept { return has_value(); }
  /// Why the wait ended.
  wait_status status() const noexcept { return status_; }
  /// The exception of a failed wait; null unless the status is failed.
  std::exception_ptr error() const noexcept { return error_; }

  /// The value; undefined where there is none.
  Value& operator*() & noexcept { return *value_; }
  const Value& operator*() const& noexcept { return *value_; }    ///< Likewise, to read.
  Value&& operator*() && noexcept { return *std::move(value_); }  ///< Likewise, to move from.
  Value* operator->() noexcept { return &*value_; }               ///< As operator*().
  const Value* operator->() const noexcept { return &*value_; }   ///< As operator*().

  /// The value. Throws: the exception of a failed wait; std::bad_optional_access where there is no
  /// value.
  Value& value() & { return check().value_.value(); }
  const Value& value() const& { return check().value_.value(); }    ///< Likewise, to read.
  Value&& value() && { return std::move(check().value_).value(); }  ///< Likewise, to move from.

 private:
  const wait_outcome& check() const {
    if (error_) std::rethrow_exception(error_);
    return *this;
  }
  wait_outcome& check() {
    std::as_const(*this).check();
    return *this;
  }

  std::optional<Value> value_;
  wait_status status_;
  std::exception_ptr error_;
};

/// What ended a wait for the first of several keys: what co_await returns for wait_any() and take_any().
template <class Value>
struct first_outcome {
  /// The value of `index` where no key ended the wait: it was stopped, or there were no keys (status cancelled).
  static constexpr std::size_t no_key = ~std::size_t{0};

  std::size_t index = no_key;   ///< which of the keys, in the order in which they were given
  wait_outcome<Value> outcome;  ///< how the wait on that key ended

  /// Whether there is a value.
  explicit operator bool() const noexcept { return outcome.has_value(); }
};

}  // namespace waitmap
