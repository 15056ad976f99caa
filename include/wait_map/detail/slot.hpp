// slot: what a table keeps under a key: a value, or the waiters for it.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include <wait_map/detail/stored.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/detail/waiter_list.hpp>

namespace waitmap::detail {

// One word beyond the value:
//
// | the slot holds | word_                        | last_ or value_       |
// |----------------|------------------------------|-----------------------|
// | a value        | holds_value                  | value_                |
// | waiters        | the first word of their list | last_, the other word |
//
// A slot is moved when its table grows; waiters do not know where it is.
template <class Value>
class slot {
 public:
  // Tells the constructor to make the value by a call, in place.
  template <class Make>
  struct made_by {
    Make& make;
  };

  template <class Make>
  explicit slot(made_by<Make> maker) noexcept(noexcept(maker.make()))
      : word_(holds_value), value_(maker.make()) {}
  explicit slot(waiter_node& only) noexcept : slot(waiter_list(only)) {}

  slot(slot&&) noexcept
    requires std::is_trivially_copyable_v<stored<Value>>
  = default;
  slot(slot&& other) noexcept : word_(other.word_) {
    if (other.has_value()) {
      std::construct_at(std::addressof(value_), std::move(other.value_));
    } else {
      last_ = other.last_;
    }
  }
  slot& operator=(slot&&) = delete;

  ~slot()
    requires std::is_trivially_destructible_v<stored<Value>>
  = default;
  ~slot() {
    if (has_value()) std::destroy_at(std::addressof(value_));
  }

  bool has_value() const noexcept { return word_ == holds_value; }

  // Only where it has a value.
  Value& value() noexcept { return unwrap(value_); }
  const Value& value() const noexcept { return unwrap(value_); }
  stored<Value> take_value() noexcept { return stored<Value>(std::move(value_)); }
  // Returns the old one.
  stored<Value> replace_value(stored<Value>&& replacement) noexcept {
    stored<Value> old(std::move(value_));
    std::destroy_at(std::addressof(value_));
    std::construct_at(std::addressof(value_), std::move(replacement));
    return old;
  }

  // Whether it has waiters of which this is the first or the last.
  bool has_at_an_end(const waiter_node& waiting) const noexcept {
    return !has_value() && (last_ == &waiting || waiters().front() == &waiting);
  }

  // Only where it has waiters.
  waiter_list waiters() const noexcept { return waiter_list(word_, last_); }
  void set_waiters(waiter_list waiters) noexcept {
    word_ = waiters.first_word();
    last_ = waiters.last_word();
  }
  // The waiters must have been taken out.
  void set_value(stored<Value>&& arrived) noexcept {
    word_ = holds_value;
    std::construct_at(std::addressof(value_), std::move(arrived));
  }

 private:
  explicit slot(waiter_list waiters) noexcept
      : word_(waiters.first_word()), last_(waiters.last_word()) {}

  static constexpr std::uintptr_t holds_value = 1;  // no list begins so

  std::uintptr_t word_;
  union {
    waiter_node* last_;
    stored<Value> value_;
  };
};

}  // namespace waitmap::detail
