// What the compiler tests share: a value that counts how often it is destroyed, and a hop between threads.
#pragma once

#include <coroutine>
#include <thread>
#include <utility>

namespace traps {

// Counts those alive; a second destruction of one makes the count negative. On the heap, so that a sanitizer
// sees it too.
class owner {
 public:
  explicit owner(int& alive) : alive_(&alive), memory_(new int(7)) { ++*alive_; }
  owner(owner&& other) noexcept
      : alive_(other.alive_), memory_(std::exchange(other.memory_, nullptr)) {
    ++*alive_;
  }
  owner& operator=(owner&&) = delete;
  ~owner() {
    --*alive_;
    delete memory_;
  }
  int operator*() const { return memory_ == nullptr ? -1 : *memory_; }

 private:
  int* alive_;
  int* memory_;
};

}  // namespace traps
