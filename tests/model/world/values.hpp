// The keys and values of a scenario's map: they count themselves and notice where they are destroyed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include "../engine/scheduler.hpp"

namespace model {

class counted_key {
 public:
  explicit counted_key(int number) noexcept : number_(number) { ++live; }
  counted_key(const counted_key& other) noexcept : number_(other.number_) { ++live; }
  counted_key(counted_key&& other) noexcept : number_(other.number_) { ++live; }
  counted_key& operator=(const counted_key&) = delete;
  ~counted_key() { --live; }

  int number() const noexcept { return number_; }
  friend bool operator==(const counted_key& left, const counted_key& right) noexcept {
    check(scheduler::current().here().locks_held == 1, "a table is searched without its lock");
    return left.number_ == right.number_;
  }

  static inline int live = 0;

 private:
  int number_;
};

struct key_hash {
  using is_avalanching = void;
  // Two keys that differ in every bit: wherever a shard is chosen by one, they go to different shards.
  std::size_t operator()(const counted_key& key) const noexcept {
    return key.number() == 0 ? 0x5555555555555555u : 0xAAAAAAAAAAAAAAAAu;
  }
};

class counted_value {
 public:
  static constexpr int moved_from = -1;

  explicit counted_value(int given) noexcept : number(given) { ++live; }
  counted_value(const counted_value& other) : number(other.number) { ++live; }
  counted_value(counted_value&& other) noexcept : number(std::exchange(other.number, moved_from)) {
    ++live;
  }
  counted_value& operator=(const counted_value&) = default;
  counted_value& operator=(counted_value&& other) noexcept {
    number = std::exchange(other.number, moved_from);
    return *this;
  }
  ~counted_value() {
    --live;
    if (number != moved_from) {
      check(scheduler::current().here().locks_held == 0,
            "a value is destroyed while a lock is held");
    }
  }

  int number;

  static inline int live = 0;
};

}  // namespace model
