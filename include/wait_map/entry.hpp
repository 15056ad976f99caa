/// @file
/// entry: the place of one key in the map, as the function given to update() sees it.
#pragma once

#include <wait_map/version.hpp>

#include <list>
#include <memory>
#include <optional>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/stored.hpp>
#include <wait_map/detail/table.hpp>

namespace waitmap {

namespace detail {
template <class Value>
class staged_update;
}

/// The place of one key, as the function given to wait_map::update() sees it under the map's lock. It can be tested,
/// read, filled, overwritten and emptied. All this takes effect in one step, when the function has returned. If the
/// function throws, nothing has changed but what it did to the stored value itself through value().
template <class Value>
class entry {
 public:
  entry(const entry&) = delete;             ///< It stays where it is.
  entry& operator=(const entry&) = delete;  ///< It stays where it is.

  /// Whether there is a value.
  bool has_value() const noexcept { return current_ != nullptr; }
  /// Whether there is a value.
  explicit operator bool() const noexcept { return has_value(); }

  /// The value; undefined where there is none. What is done to it stays, even if the function throws.
  Value& value() noexcept { return *current_; }
  const Value& value() const noexcept { return *current_; }      ///< Likewise, to read.
  Value& operator*() noexcept { return *current_; }              ///< As value().
  const Value& operator*() const noexcept { return *current_; }  ///< As value().
  Value* operator->() noexcept { return current_; }              ///< As value().
  const Value* operator->() const noexcept { return current_; }  ///< As value().

  /// Whether the map is closed: emplace() and assign() are then refused.
  bool closed() const noexcept { return closed_; }

  /// Makes a value from the arguments if there is none.
  /// Returns: whether it did: false where there is a value or the map is closed. The arguments are then not moved from.
  template <class... Args>
  bool emplace(Args&&... args) {
    if (closed_ || has_value()) return false;
    stage(std::forward<Args>(args)...);
    return true;
  }

  /// Makes a value, in place of the old one if there is one.
  /// Returns: whether it did: false where the map is closed. The argument is then not moved from.
  template <class Argument = Value>
  bool assign(Argument&& value) {
    if (closed_) return false;
    stage(std::forward<Argument>(value));
    return true;
  }

  /// Removes the value. Returns: whether there was one.
  bool erase() {
    if (!has_value()) return false;
    staged_ = nullptr;
    current_ = nullptr;
    return true;
  }

 private:
  friend class detail::staged_update<Value>;

  entry() noexcept = default;

  template <class... Args>
  void stage(Args&&... args) {
    detail::stored<Value> made = detail::make_stored<Value>(std::forward<Args>(args)...);
    if (!first_made_) {
      staged_ = std::addressof(first_made_.emplace(std::move(made)));
    } else {
      staged_ = std::addressof(made_later_.emplace_back(std::move(made)));
    }
    current_ = std::addressof(detail::unwrap<Value>(*staged_));
  }

  Value* current_ = nullptr;  // the value as the function sees it: the stored one or staged_
  detail::stored<Value>* staged_ = nullptr;  // the one made last, unless it was erased
  // All that were made: destroyed with the entry, after the lock is dropped.
  std::optional<detail::stored<Value>> first_made_;
  std::list<detail::stored<Value>> made_later_;
  bool closed_ = false;
};

namespace detail {

// An update() of one key: the entry that the user's function gets, and what it comes to. Made before the lock is taken
// and destroyed when it is dropped, and with it all values that were made in vain or removed.
template <class Value>
class staged_update {
 public:
  // The entry, for a key whose value lies there; null: it has none.
  entry<Value>& begin(Value* current, bool closed) noexcept {
    entry_.current_ = current;
    entry_.closed_ = closed;
    had_value_ = current != nullptr;
    return entry_;
  }

  // Does to the map what was done to the entry. `at` is where shard.find_slot() has found the key.
  template <class Shard, class Lookup, class KeyArgument>
  void apply(Shard& shard, typename Shard::iterator at, hashed<Lookup> looked_up,
             KeyArgument&& argument, ready_list& ready) WAIT_MAP_REQUIRES(shard.mutex) {
    stored<Value>* const staged = entry_.staged_;
    if (had_value_ && staged != nullptr) {
      shard.replace_value(at, std::move(*staged), removed_);
    } else if (had_value_ && !entry_.has_value()) {
      shard.remove_value(at, removed_);
    } else if (staged != nullptr) {
      const auto make = [&]() noexcept { return stored<Value>(std::move(*staged)); };
      shard.insert(looked_up, std::forward<KeyArgument>(argument), make, ready);
    }
  }

 private:
  entry<Value> entry_;
  std::optional<stored<Value>> removed_;
  bool had_value_ = false;
};

}  // namespace detail

}  // namespace waitmap
