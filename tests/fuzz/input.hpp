// input: the bytes of which operations are made. Every sequence of bytes is a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fuzz {

class input {
 public:
  explicit input(std::span<const std::uint8_t> bytes) : left_(bytes) {}

  bool empty() const { return left_.empty(); }

  // The next byte; 0 behind the end.
  std::uint8_t next() {
    if (left_.empty()) return 0;
    const std::uint8_t first = left_.front();
    left_ = left_.subspan(1);
    return first;
  }

 private:
  std::span<const std::uint8_t> left_;
};

// Several small numbers in one byte.
class bits {
 public:
  explicit bits(std::uint8_t of) : left_(of) {}

  // In [0, limit).
  int below(int limit) {
    const int taken = left_ % limit;
    left_ /= limit;
    return taken;
  }

 private:
  int left_;
};

}  // namespace fuzz
