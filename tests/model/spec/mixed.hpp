// mixed: numbers mixed to one of 64 bits.
#pragma once

#include <cstdint>

namespace model {

class mixed {
 public:
  explicit constexpr mixed(std::uint64_t seed) : hash_(seed) {}

  // Adds a number, or what can be turned into one.
  template <class Number>
  constexpr mixed& operator()(Number number) {
    hash_ = (hash_ ^ static_cast<std::uint64_t>(number)) * 0x9E3779B97F4A7C15u;
    hash_ ^= hash_ >> 29;
    return *this;
  }
  constexpr operator std::uint64_t() const { return hash_; }

 private:
  std::uint64_t hash_;
};

}  // namespace model
