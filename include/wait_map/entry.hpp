// entry: the place of one key in the map, as the function given to update() sees it.
#pragma once

#include <wait_map/version.hpp>

#include <list>
#include <memory>
#include <optional>
#include <utility>

#include <wait_map/detail/stored.hpp>

namespace waitmap {

namespace detail {
template <class Key, class Value, class Hash, class Equal, class Policy>
class core;
}

/// The place of one key, under the map's lock: can be tested, read, filled, overwritten and
/// emptied. What is done to it takes effect when the function given to update() has returned, in
/// one step; if that function throws, nothing has changed but what it did to the stored value
/// itself through value().
template <class Value>
class entry {
 public:
  entry(const entry&) = delete;
  entry& operator=(const entry&) = delete;

  /// Whether there is a value.
  bool has_value() const noexcept { return current_ != nullptr; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value. Only where there is one.
  Value& value() noexcept { return *current_; }
  const Value& value() const noexcept { return *current_; }
  Value& operator*() noexcept { return *current_; }
  const Value& operator*() const noexcept { return *current_; }
  Value* operator->() noexcept { return current_; }
  const Value* operator->() const noexcept { return current_; }

  /// Whether the map is closed: emplace() and assign() are then refused.
  bool closed() const noexcept { return closed_; }

  /// Makes a value from the arguments if there is none. Returns whether it did: false where there
  /// is a value or the map is closed; the arguments are then not moved from.
  template <class... Args>
  bool emplace(Args&&... args) {
    if (closed_ || has_value()) return false;
    stage(std::forward<Args>(args)...);
    return true;
  }

  /// Makes a value, in place of the old one if there is one. Returns whether it did: false where
  /// the map is closed; the argument is then not moved from.
  template <class Argument = Value>
  bool assign(Argument&& value) {
    if (closed_) return false;
    stage(std::forward<Argument>(value));
    return true;
  }

  /// Removes the value. Returns whether there was one.
  bool erase() {
    if (!has_value()) return false;
    staged_ = nullptr;
    current_ = nullptr;
    return true;
  }

 private:
  template <class, class, class, class, class>
  friend class detail::core;

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

}  // namespace waitmap
