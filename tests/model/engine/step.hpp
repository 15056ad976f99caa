// What the scheduler sees of a program: visible steps, which of them commute, and clocks that order them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace model {

inline constexpr int max_fibers = 6;

// A set of fibers, one bit each.
using fiber_set = std::uint32_t;
constexpr fiber_set only(int fiber) { return fiber_set{1} << fiber; }
constexpr bool contains(fiber_set set, int fiber) { return (set >> fiber & 1) != 0; }

enum class access : std::uint8_t {
  none,    // the start of a fiber
  lock,    // enabled only while the mutex is free
  read,    //
  write,   //
  block,   // enabled once a predicate holds; reads
  call,    // an operation begins (only when real-time order is explored)
  answer,  // an operation returns (only when real-time order is explored)
};

struct step {
  const void* object = nullptr;
  access kind = access::none;
  const char* name = "start";
  // An object that others have released: what they did before that happened before this step.
  const void* after = nullptr;
};

constexpr bool only_reads(access kind) {
  return kind == access::read || kind == access::block || kind == access::call;
}

// Whether the order of two steps of different fibers can matter. Answers commute with answers and calls
// with calls: real-time order knows only "this answer came before that call".
constexpr bool dependent(const step& left, const step& right) {
  if (left.object == nullptr || left.object != right.object) return false;
  if (only_reads(left.kind) && only_reads(right.kind)) return false;
  return left.kind != access::answer || right.kind != access::answer;
}

// How many steps of each fiber happened before something.
struct vector_clock {
  std::array<int, max_fibers> steps{};

  void join(const vector_clock& other) {
    for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = std::max(steps[i], other.steps[i]);
  }
  int& operator[](int fiber) { return steps[static_cast<std::size_t>(fiber)]; }
  int operator[](int fiber) const { return steps[static_cast<std::size_t>(fiber)]; }
};

}  // namespace model
