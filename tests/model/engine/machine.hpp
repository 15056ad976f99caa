// machine: what the lock under test runs on. Processors whose stores are seen late, and a kernel with futexes
// and membarrier.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <type_traits>

#include "scheduler.hpp"

namespace model {

// A word in memory.
class cell {
 public:
  virtual std::uint64_t seen() const = 0;
  virtual void see(std::uint64_t bits) = 0;
  // Memory that has been freed is filled with something else.
  bool exists() const { return mark_ == mark_of_life; }

 protected:
  constexpr cell() = default;
  constexpr ~cell() = default;

 private:
  static constexpr std::uint32_t mark_of_life = 0x600DCE11;
  std::uint32_t mark_ = mark_of_life;
};

// Total store order, as x86 has it: a processor keeps its stores for a while, in order; it sees them itself, the
// others do not. Read-modify-writes and the kernel wait until it keeps none. All other steps are seen at once
// and in order, whatever memory order is asked for.
//
// Of each thread, a second fiber lets the stores be seen, one after the other.
class machine {
 public:
  static machine& current();

  static constexpr int most_threads = max_fibers / 2;
  // A machine with one processor for each thread. `local` is the thread_local variable of the program, of
  // which each thread has one that says what `locals` says.
  thread_functions start(const thread_functions& threads, void** local,
                         const std::vector<void*>& locals);
  // From now on the kernel refuses membarrier.
  void refuse_barrier() { barrier_is_refused_ = true; }

  std::uint64_t load(const cell& from);
  void store(cell& to, std::uint64_t bits);
  // Returns what it was.
  std::uint64_t change(cell& what, const char* name,
                       const std::function<std::uint64_t(std::uint64_t)>& to);
  void destroy(const cell& what);

  // Returns whether it is granted.
  bool barrier();
  // Sleeps if it still is as expected, until it is woken; or at last when it has changed, if that is looked for
  // from time to time.
  void futex_wait(const cell& word, std::uint64_t expected, bool looks_again);
  // Returns whether anybody slept there.
  bool futex_wake(const void* word);
  // Until the stores of all processors are seen, however late.
  void rest_long();
  // Until what was loaded last has changed.
  void rest();

 private:
  struct late_store {
    cell* to;
    std::uint64_t bits;
  };
  // Its members are objects of the search: the ring's slots, how much was stored, and how much was seen.
  struct processor {
    std::array<late_store, 8> late{};  // a ring
    std::size_t stored = 0;            // in all
    std::size_t seen = 0;              // of those
    bool halted = false;
    const void* sleeps_at = nullptr;
    std::size_t asleep_since = 0;
    // A loop that looks at the same word again and again: each look after the second finds what that found.
    const cell* looked_at = nullptr;
    std::uint64_t found = 0;
    int looks = 0;
  };

  static bool keeps_none(const void* one);
  static bool has_work(const void* one);
  static bool is_woken(const void* one);
  static bool is_woken_or_looks(const void* one);
  static bool finds_another(const void* one);

  processor& mine();
  void step_to(const step& what, scheduler::predicate enabled = nullptr,
               const void* argument = nullptr);
  void let_stores_be_seen(processor& of);
  void halt(processor& one);

  std::array<processor, most_threads> processors_;
  std::size_t count_ = 0;
  std::size_t sleeps_ = 0;
  void** local_ = nullptr;
  bool barrier_is_refused_ = false;
};

// std::atomic on that machine.
template <class T>
class late_atomic final : public cell {
 public:
  constexpr late_atomic(T value = {}) noexcept  // NOLINT(google-explicit-constructor): as std's
      : value_(value) {}
  late_atomic(const late_atomic&) = delete;
  late_atomic& operator=(const late_atomic&) = delete;
  constexpr ~late_atomic() {
    if (!std::is_constant_evaluated()) machine::current().destroy(*this);
  }

  T load(std::memory_order = std::memory_order_seq_cst) const noexcept {
    return from_bits(machine::current().load(*this));
  }
  void store(T value, std::memory_order = std::memory_order_seq_cst) noexcept {
    machine::current().store(*this, to_bits(value));
  }
  T exchange(T value, std::memory_order = std::memory_order_seq_cst) noexcept {
    return change("exchange", [&](T) { return value; });
  }
  T fetch_add(T added, std::memory_order = std::memory_order_seq_cst) noexcept {
    return change("fetch_add", [&](T before) { return static_cast<T>(before + added); });
  }
  T fetch_sub(T subtracted, std::memory_order = std::memory_order_seq_cst) noexcept {
    return change("fetch_sub", [&](T before) { return static_cast<T>(before - subtracted); });
  }
  bool compare_exchange_weak(T& expected, T wanted, std::memory_order success,
                             std::memory_order failure) noexcept {
    return compare_exchange_strong(expected, wanted, success, failure);
  }
  bool compare_exchange_strong(T& expected, T wanted, std::memory_order,
                               std::memory_order) noexcept {
    const T before =
        change("compare_exchange", [&](T found) { return found == expected ? wanted : found; });
    const bool was_expected = before == expected;
    expected = before;
    return was_expected;
  }
  void wait(T while_it_is, std::memory_order = std::memory_order_seq_cst) const noexcept {
    machine::current().futex_wait(*this, to_bits(while_it_is), false);
  }
  void notify_one() noexcept { machine::current().futex_wake(this); }

  std::uint64_t seen() const override { return to_bits(value_); }
  void see(std::uint64_t bits) override { value_ = from_bits(bits); }

 private:
  static_assert(sizeof(T) <= sizeof(std::uint64_t) && std::is_trivially_copyable_v<T>);
  static std::uint64_t to_bits(T value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    return bits;
  }
  static T from_bits(std::uint64_t bits) {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  template <class Function>
  T change(const char* name, Function to) {
    return from_bits(machine::current().change(
        *this, name, [&](std::uint64_t before) { return to_bits(to(from_bits(before))); }));
  }

  T value_;
};

}  // namespace model
