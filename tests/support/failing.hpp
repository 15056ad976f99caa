// failing: lets the n-th step of a kind fail: an allocation, a copy, a move, a hash, a comparison, a call.
#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace support {

enum class step {
  allocation,          // by operator new, which throws std::bad_alloc
  nothrow_allocation,  // by its nothrow form, which returns nullptr
  copy,
  move,
  hash,
  comparison,
  call,  // of a function handed to the map
};
inline constexpr std::array all_steps = {
    step::allocation, step::nothrow_allocation, step::copy, step::move,
    step::hash,       step::comparison,         step::call};

inline const char* name_of(step kind) {
  constexpr std::array names = {"allocation", "nothrow allocation", "copy", "move",
                                "hash",       "comparison",         "call"};
  return names[static_cast<std::size_t>(kind)];
}

// What all steps but allocations throw.
struct step_failed {
  step what;
};

// While one is alive, the n-th step of its kind, counted from 0, fails; those after it do not. For one
// thread, one at a time. Allocations are seen only by programs that link failing_allocation.cpp.
class failing {
 public:
  failing(step kind, std::size_t n) noexcept : kind_(kind), left_(n) { current_ = this; }
  failing(const failing&) = delete;
  ~failing() { current_ = nullptr; }

  bool has_failed() const noexcept { return has_failed_; }

  // Each step asks whether it is the one.
  static bool now(step kind) noexcept {
    if (current_ == nullptr || current_->kind_ != kind || current_->has_failed_) return false;
    current_->has_failed_ = current_->left_ == 0;
    --current_->left_;
    return current_->has_failed_;
  }

 private:
  static inline failing* current_ = nullptr;

  step kind_;
  std::size_t left_;
  bool has_failed_ = false;
};

// Throws if this is the step that fails.
inline void may_fail(step kind) {
  if (failing::now(kind)) throw step_failed{kind};
}

// What operator new has handed out and not got back, and how often it handed out something. Needs
// failing_allocation.cpp.
struct allocated {
  static std::size_t blocks() noexcept;
  static std::size_t bytes() noexcept;
  static std::size_t calls() noexcept;
};

}  // namespace support
