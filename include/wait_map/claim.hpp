// claim: a producer's promise to provide the value of a key.
#pragma once

#include <concepts>
#include <cstddef>
#include <exception>
#include <memory>
#include <utility>

#include <wait_map/detail/core.hpp>
#include <wait_map/result.hpp>

namespace waitmap {

/// What wait_map::try_claim() returns. Engaged: its holder is the producer of the key's value. When
/// it is dropped without one, the waiters of the key are resumed with nullopt
/// (wait_status::abandoned), so that nobody waits for a producer that has died.
///
/// A claim whose key somebody else inserts is overtaken: it no longer does anything, and does not
/// harm a later claim of the key. So with a claim that outlives the map.
///
/// Threads: one at a time. May be moved and dropped on any thread.
/// Cost: one small allocation.
template <class Key, class Value, class Hash, class Equal, class Policy>
class [[nodiscard("a claim that is dropped ends the waits on its key")]] claim {
  using core_type = detail::core<Key, Value, Hash, Equal, Policy>;
  using node = typename core_type::claim_node;
  using waiter = detail::waiter<Policy>;

 public:
  /// Not engaged.
  claim() noexcept = default;
  claim(claim&&) noexcept = default;
  claim& operator=(claim&& other) noexcept {
    claim(std::move(other)).swap(*this);
    return *this;
  }
  /// Resumes the waiters of the key, if the claim is engaged and has not been overtaken. Ends the
  /// program if one of them exits by an exception, or the equality throws.
  ~claim() {
    if (!holds()) return;
    map().end_claim(*node_, [](waiter& each) noexcept { each.end = detail::wait_end::abandoned; });
  }

  /// Whether the holder is to provide the value. An overtaken claim stays engaged.
  explicit operator bool() const noexcept { return node_ != nullptr; }

  /// Inserts the value, as wait_map::insert() does, and disengages the claim.
  /// Returns: as insert(); present if the claim was overtaken, closed if the map was closed: the
  /// value is then not moved from.
  /// Throws: as insert(); the claim then stays engaged.
  template <class Argument = Value>
  insert_result set_value(Argument&& value)
    requires std::constructible_from<Value, Argument>
  {
    if (!holds()) {
      const insert_outcome why = node_ ? core_type::overtaken_by(*node_) : insert_outcome::present;
      node_.reset();
      return {why};
    }
    // Held here: a coroutine that is resumed may end the life of *this.
    claim held(std::move(*this));
    try {
      return held.map().fulfil(
          *held.node_,
          [&]() noexcept(noexcept(detail::make_stored<Value>(std::forward<Argument>(value)))) {
            return detail::make_stored<Value>(std::forward<Argument>(value));
          });
    } catch (...) {
      if (held.holds()) swap(held);  // nothing has happened
      throw;
    }
  }

  /// Ends the waits on the key with the exception and disengages the claim. Nothing is stored.
  /// Returns: the number of waits that it ended.
  /// Throws: what the equality throws, std::invalid_argument where there is no exception; the claim
  /// then stays engaged.
  std::size_t set_exception(std::exception_ptr error) {
    detail::require_error(error);
    if (!holds()) {
      node_.reset();
      return 0;
    }
    claim held(std::move(*this));  // as in set_value()
    try {
      return held.map().end_claim(
          *held.node_, [&](waiter& each) noexcept { detail::deliver_error<Value>(each, error); });
    } catch (...) {
      if (held.holds()) swap(held);
      throw;
    }
  }

 private:
  template <class, class, class, class, class>
  friend class wait_map;

  explicit claim(std::unique_ptr<node> made) noexcept : node_(std::move(made)) {}

  // Once the claim is decided, the map may be gone.
  bool holds() const noexcept {
    return node_ != nullptr && node_->state() == detail::waiter_state::linked;
  }
  core_type& map() const noexcept { return node_->claimed_in(); }
  void swap(claim& other) noexcept { node_.swap(other.node_); }

  std::unique_ptr<node> node_;
};

}  // namespace waitmap
