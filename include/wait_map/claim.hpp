/// @file
/// claim: a producer's promise to provide the value of a key.
#pragma once

#include <wait_map/version.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <utility>
#include <version>

#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

#include <wait_map/detail/core.hpp>
#include <wait_map/detail/operation.hpp>
#include <wait_map/result.hpp>

namespace waitmap {

namespace detail {
struct computation_access;
}

/// A producer's promise to provide the value of a key: what try_claim() and claim_or_wait() of a wait_map return.
/// While it is engaged, its holder is the producer of the key's value. If it is dropped without a value, the oldest who
/// waits by claim_or_wait() is the next holder. If nobody waits so, the waiters of the key are resumed with nullopt
/// (wait_status::abandoned). So nobody waits for a producer that has died.
///
/// If somebody else inserts a value for the key, the claim is overtaken. wait_map::invalidate() and clear() revoke it.
/// Then it no longer does anything, and does not harm a later claim of the key. The same holds for a claim that
/// outlives the map.
///
/// Threads: one at a time. It may be moved and dropped on any thread.
/// Cost: one small allocation.
template <class Key, class Value, class Hash, class Equal, class Policy>
class [[nodiscard(
    "a claim that is dropped passes to the next, or ends the waits on its key")]] claim {
  using core_type = detail::core<Key, Value, Hash, Equal, Policy>;
  using hold = typename core_type::hold_type;
  using node = detail::claim_node<Policy>;
  using waiter = detail::waiter<Policy>;

 public:
  /// Makes a claim that is not engaged.
  claim() noexcept = default;
  /// Takes the promise over. The other claim is then not engaged.
  claim(claim&&) noexcept = default;
  /// Drops the promise that it held, as the destructor does, and takes the other one over.
  claim& operator=(claim&& other) noexcept {
    claim(std::move(other)).swap(*this);
    return *this;
  }
  /// If the claim is engaged and has been neither overtaken nor revoked: resumes the next holder, or the
  /// waiters of the key. Ends the program if one of them exits by an exception.
  ~claim() { core_type::let_go(hold_); }

  /// Whether the holder is to provide the value. An overtaken or revoked claim stays engaged.
  explicit operator bool() const noexcept { return hold_.node() != nullptr; }

  /// Inserts the value, as wait_map::insert() does, and disengages the claim.
  /// Returns: as insert(); present if the claim was overtaken, revoked if it was revoked, closed if the map
  /// was closed: the value is then not moved from.
  /// Throws: as insert(); the claim then stays engaged.
  template <class Argument = Value>
  insert_result set_value(Argument&& value)
    requires std::constructible_from<Value, Argument>
  {
    // Held here: a coroutine that is resumed may end the life of *this.
    claim held(std::move(*this));
    if (!held) return {insert_outcome::present};
    if (!held.hold_.holds()) return {core_type::refusal(held.hold_)};
    try {
      return core_type::fulfil(
          held.hold_,
          [&]() noexcept(noexcept(detail::make_stored<Value>(std::forward<Argument>(value)))) {
            return detail::make_stored<Value>(std::forward<Argument>(value));
          });
    } catch (...) {
      if (held.hold_.holds()) swap(held);  // nothing has happened
      throw;
    }
  }

  /// Ends the waits on the key with the exception and disengages the claim. Nothing is stored.
  /// Returns: the number of waits that it ended.
  /// Throws: std::invalid_argument where `error` is null; the claim then stays engaged. Also the
  /// exception by which a resumed coroutine exits.
  std::size_t set_exception(std::exception_ptr error) {
    detail::require_error(error);
    claim held(std::move(*this));  // as in set_value()
    if (!held.hold_.holds()) return 0;
    return core_type::end_claim(
        held.hold_, [&](waiter& each) noexcept { detail::deliver_error<Value>(each, error); });
  }

#if defined(__cpp_lib_jthread)
  /// A token by which the work for the value can end early. It is stopped when the last who waited for the
  /// key has left, in whatever way, while the claim holds. It is also stopped when the claim is overtaken or revoked. It
  /// is not stopped before anybody has waited. Its callbacks run with no lock held, on the thread that
  /// ended the wait. All calls for one claim return the same token.
  /// Throws: std::bad_alloc.
  /// Cost: two allocations, the first time.
  [[nodiscard]] std::stop_token unwanted() const { return core_type::unwanted_token(hold_); }
#endif

 private:
  template <class, class, class, class, class>
  friend class wait_map;
  template <class>
  friend struct detail::result_of;
  friend struct detail::computation_access;

  explicit claim(hold held) noexcept : hold_(std::move(held)) {}

  void swap(claim& other) noexcept { hold_.swap(other.hold_); }

  hold hold_;
};

/// What co_await returns for claim_or_wait(): the claim, if the caller is the producer now; else how its wait ended.
template <class Key, class Value, class Hash, class Equal, class Policy>
struct claim_or_outcome {
  /// Engaged if the caller is the producer now. The status of `outcome` is then `claimed`.
  waitmap::claim<Key, Value, Hash, Equal, Policy> claim;
  /// The value; or its producer's exception (failed; it is not rethrown); or cancelled, stopped, closed.
  wait_outcome<Value> outcome;
};

namespace detail {

template <class Key, class Value, class Hash, class Equal, class Policy>
struct result_of<claim_or_outcome<Key, Value, Hash, Equal, Policy>> {
  using result = claim_or_outcome<Key, Value, Hash, Equal, Policy>;
  using outcome = wait_outcome<Value>;

  static result read(follower_waiter<Value, Policy>& waiting) {
    if (waiting.end == wait_end::failed) return {{}, outcome(waiting.error())};
    if (waiting.end == wait_end::claimed) {
      return {claim<Key, Value, Hash, Equal, Policy>(std::move(waiting.hold)),
              outcome(wait_status::claimed)};
    }
    return {{}, result_of<outcome>::read(waiting)};
  }
};

}  // namespace detail

}  // namespace waitmap
