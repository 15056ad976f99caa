// mutex and atomic: what the program under test synchronises with, each use a visible step.
#pragma once

#include <atomic>
#include <utility>

#include "scheduler.hpp"

namespace model {

// Reports what a mutex must not be used for: locking twice, unlocking another's, destroying while held.
//
// unlock() is no step of its own, since nobody can tell its moment from that of the next step. One unlock is
// different: that of a coroutine which is being suspended. From then on the coroutine may be resumed and
// destroyed elsewhere, before the unlocking fiber has gone on by one instruction. There is no try_lock(): it
// could tell the moment of an unlock.
class mutex {
 public:
  mutex() = default;
  mutex(const mutex&) = delete;
  mutex& operator=(const mutex&) = delete;
  ~mutex() { check(owner_ == nobody, "a mutex is destroyed while it is held"); }

  void lock() {
    scheduler& fibers = scheduler::current();
    check(owner_ != fibers.fiber(), "self-deadlock: a mutex is locked by its owner");
    fibers.point({this, access::lock, "lock"}, &is_free, this);
    check(owner_ == nobody, "a mutex is locked that has been destroyed");
    owner_ = fibers.fiber();
    ++fibers.here().locks_held;
  }

  void unlock() {
    scheduler& fibers = scheduler::current();
    check(owner_ == fibers.fiber(), "a mutex is unlocked by another than its owner");
    owner_ = nobody;
    --fibers.here().locks_held;
    fibers.released(this);
    if (const void* frame = fibers.here().suspending)
      fibers.point({frame, access::read, "suspended"});
  }

 private:
  static constexpr int nobody = -2;

  static bool is_free(const void* mutex_) {
    return static_cast<const mutex*>(mutex_)->owner_ == nobody;
  }

  int owner_ = nobody;
};

// std::atomic, sequentially consistent whatever order is asked for.
template <class T>
class atomic {
 public:
  atomic() = default;
  atomic(T value) : value_(value) {}  // NOLINT(google-explicit-constructor): as std::atomic has it
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;
  // A step, so that the search knows that it cannot be exchanged with a step of who still uses the atomic.
  ~atomic() { step_to(access::write, "destroy"); }

  T load(std::memory_order = std::memory_order_seq_cst) const {
    step_to(access::read, "load");
    return value_;
  }
  void store(T value, std::memory_order = std::memory_order_seq_cst) {
    step_to(access::write, "store");
    value_ = value;
  }
  T exchange(T value, std::memory_order = std::memory_order_seq_cst) {
    step_to(access::write, "exchange");
    return std::exchange(value_, value);
  }
  T fetch_add(T added, std::memory_order = std::memory_order_seq_cst) {
    step_to(access::write, "fetch_add");
    return std::exchange(value_, static_cast<T>(value_ + added));
  }
  T fetch_sub(T subtracted, std::memory_order = std::memory_order_seq_cst) {
    step_to(access::write, "fetch_sub");
    return std::exchange(value_, static_cast<T>(value_ - subtracted));
  }
  bool compare_exchange_strong(T& expected, T wanted, std::memory_order = std::memory_order_seq_cst,
                               std::memory_order = std::memory_order_seq_cst) {
    step_to(access::write, "compare_exchange");
    if (value_ != expected) {
      expected = value_;
      return false;
    }
    value_ = wanted;
    return true;
  }
  bool compare_exchange_weak(T& expected, T wanted,
                             std::memory_order success = std::memory_order_seq_cst,
                             std::memory_order failure = std::memory_order_seq_cst) {
    return compare_exchange_strong(expected, wanted, success, failure);
  }
  // Not a step.
  T peek() const { return value_; }

 private:
  void step_to(access kind, const char* name) const {
    scheduler::current().point({this, kind, name});
  }

  T value_{};
};

}  // namespace model
