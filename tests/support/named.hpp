// named: a key that numbers convert to.
#pragma once

#include <utility>

namespace support {

struct named {
  named(int number) : value(number) {}  // NOLINT(google-explicit-constructor)
  int value;
  friend bool operator==(const named&, const named&) = default;
  template <class State>
  friend State AbslHashValue(State state, const named& key) {
    return State::combine(std::move(state), key.value);
  }
};

}  // namespace support
