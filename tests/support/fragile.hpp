// fragile: a key or value each of whose copies, moves, hashes and comparisons may fail (failing.hpp).
#pragma once

#include <cstddef>

#include "support/failing.hpp"

namespace support {

// Moves: never_throws is kept in the map's tables themselves, may_throw behind a pointer.
enum class fragile_moves { never_throws, may_throw };

template <fragile_moves Moves>
class fragile {
 public:
  static constexpr int moved_from = -1;
  static inline int alive = 0;

  explicit fragile(int number) noexcept : number_(number) { ++alive; }
  fragile(const fragile& other) : number_(other.number_) {
    may_fail(step::copy);
    ++alive;
  }
  fragile(fragile&& other) noexcept(Moves == fragile_moves::never_throws) : number_(other.number_) {
    if constexpr (Moves == fragile_moves::may_throw) may_fail(step::move);
    other.number_ = moved_from;
    ++alive;
  }
  fragile& operator=(const fragile&) = delete;
  ~fragile() { --alive; }

  int number() const noexcept { return number_; }

 private:
  int number_;
};

// All keys collide: each look-up compares with all.
struct fragile_hash {
  using is_avalanching = void;

  template <fragile_moves Moves>
  std::size_t operator()(const fragile<Moves>&) const {
    may_fail(step::hash);
    return 42;
  }
};

struct fragile_equal {
  template <fragile_moves Moves>
  bool operator()(const fragile<Moves>& left, const fragile<Moves>& right) const {
    may_fail(step::comparison);
    return left.number() == right.number();
  }
};

}  // namespace support
