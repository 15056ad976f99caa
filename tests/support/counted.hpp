// counted: a value that counts how many of its kind are alive, copied and moved, and throws when told to.
#pragma once

#include <utility>

namespace support {

// What a counted value throws.
struct told_to_throw {};

enum class moving { never_throws, may_throw };

// The counts and the switches are shared by all of its kind: call reset() first in a test. Tag tells apart
// kinds in one test. For one thread.
template <moving Moving = moving::never_throws, class Tag = void>
class counted {
 public:
  static constexpr int moved_from = -1;

  static inline int alive = 0;
  static inline int made = 0;  // from a number
  static inline int copies = 0;
  static inline int moves = 0;
  static inline int copies_before_throw = -1;  // -1: none throws
  static inline int moves_before_throw = -1;   // likewise; with moving::may_throw

  static void reset() {
    alive = made = copies = moves = 0, copies_before_throw = moves_before_throw = -1;
  }

  explicit counted(int number) noexcept : number_(number) { ++made, ++alive; }
  counted(const counted& other) : number_(other.number_) {
    count_down(copies_before_throw);
    ++copies, ++alive;
  }
  counted(counted&& other) noexcept(Moving == moving::never_throws) : number_(other.number_) {
    if constexpr (Moving == moving::may_throw) count_down(moves_before_throw);
    other.number_ = moved_from;
    ++moves, ++alive;
  }
  counted& operator=(const counted& other) {
    count_down(copies_before_throw);
    number_ = other.number_;
    ++copies;
    return *this;
  }
  counted& operator=(counted&& other) noexcept(Moving == moving::never_throws) {
    if constexpr (Moving == moving::may_throw) count_down(moves_before_throw);
    number_ = std::exchange(other.number_, moved_from);
    ++moves;
    return *this;
  }
  ~counted() { --alive; }

  int number() const noexcept { return number_; }
  void set_number(int number) noexcept { number_ = number; }

  friend bool operator==(const counted&, const counted&) = default;

  template <class State>
  friend State AbslHashValue(State state, const counted& hashed) {
    return State::combine(std::move(state), hashed.number_);
  }

 private:
  static void count_down(int& left) {
    if (left == 0) throw told_to_throw{};
    if (left > 0) --left;
  }

  int number_;
};

}  // namespace support
