// recorder: runs the code of one thread and writes down its atomic operations, for whatever its loads may find.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <source_location>
#include <string>
#include <type_traits>
#include <vector>

#include "compilation.hpp"

namespace weak {

// Where an operation stands in the program, and the order that it asks for there.
struct site {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
  action what{};
  std::memory_order order{};
  auto operator<=>(const site&) const = default;
};

// An operation whose order is another one than the program says, or that is not there.
struct weakened {
  std::size_t site = 0;
  std::optional<std::memory_order> order;  // nullopt: it is not there
  bool by_processor = false;               // only the processor takes it so: the compiler does not
};

// What one thread did, and what its function returned.
struct trace {
  operations done;
  std::uint64_t result = 0;
  bool asleep = false;  // for good
  bool woke = false;    // somebody who slept
  bool operator<(const trace& other) const { return key() < other.key(); }

 private:
  std::vector<std::uint64_t> key() const;
};

// One for the process. Atomic operations are directly made while nothing is recorded.
class recorder {
 public:
  static recorder& current();

  struct thread {
    std::function<std::uint64_t()> runs;  // returns what it has seen
    // What the thread's relaxed loads of the `hinted` find: they are hints, of which nothing else is assumed.
    // Where it says nothing, a thread that asks for a hint is not looked at.
    std::optional<std::uint64_t> hint{};
    bool asleep_at_first = false;  // recorded from when it is woken
  };
  struct program {
    std::function<void()> prepare;  // puts everything in its initial state, at the same addresses
    std::vector<const void*> hinted;
    std::vector<const void*> own;  // relaxed loads find 0 there, the thread's own
    std::vector<thread> threads;
  };
  struct recording {
    std::vector<std::vector<trace>> traces;  // of each thread
    std::vector<std::uint64_t> initial;      // of each location
  };
  recording record(const program& played, const std::optional<weakened>& other = std::nullopt);
  // What lies where an object is to be made.
  static constexpr std::uint64_t garbage = 0xDEAD'DEAD;
  // Every site that any recording has seen.
  const std::vector<site>& sites() const { return sites_; }

  // Called by the code that runs.
  std::uint64_t load(const void* cell, std::uint64_t now, std::memory_order order,
                     const std::source_location& at);
  // Returns whether it is really made.
  bool store(const void* cell, std::uint64_t now, std::uint64_t written, std::memory_order order,
             const std::source_location& at);
  void is_created(const void* cell, std::uint64_t value);
  // Returns what is found, and whether `to` of it is really to be stored. `to` returns nothing where it does not change
  // anything.
  using changing = std::function<std::optional<std::uint64_t>(std::uint64_t)>;
  std::pair<std::uint64_t, bool> change(const void* cell, std::uint64_t now, const changing& to,
                                        std::memory_order order, std::memory_order if_unchanged,
                                        const std::source_location& at);
  std::uint64_t load_guarded(const void* cell, std::uint64_t now);
  bool store_guarded(const void* cell, std::uint64_t now, std::uint64_t written);
  // A bool that is exchanged with true and found false is a lock. What it protects is played by one variable, which is
  // read when it is taken, and written to before it is released.
  void begin_protected(const void* cell);
  void end_protected(const void* cell);
  void compile_fence(std::memory_order order, const std::source_location& at);
  void barrier(const std::source_location& at);
  // The kernel's. sleep_while() returns where the thread does not sleep for good; wake() returns whether it slept.
  void sleep_while(const void* word, std::uint64_t now, std::uint64_t value);
  bool wake(const void* word);
  // The thread does what need not be looked at: what comes of it is left out.
  void give_up();

 private:
  // `ended`: what it goes on to do is not looked at, and every load finds 0, with which all of the lock's loops end.
  enum class mode { direct, records, ended };

  void run(const program& played, std::size_t which);
  void prepare(const program& played, std::size_t recorded);
  std::size_t location_of(const void* cell, std::uint64_t now);
  std::size_t site_of(action what, std::memory_order order, const std::source_location& at);
  std::uint64_t choose(std::size_t location);
  void append(operation one);
  void append_in_kernel(action what, std::size_t location = 0, std::uint64_t found = 0,
                        std::uint64_t written = 0);
  std::size_t protected_by(const void* cell);

  mode mode_ = mode::direct;
  bool given_up_ = false;
  bool until_asleep_ = false;
  mode when_asleep_ = mode::ended;
  const program* program_ = nullptr;
  const thread* thread_ = nullptr;
  std::size_t index_ = 0;
  std::optional<weakened> other_;
  std::vector<site> sites_;

  std::map<const void*, std::size_t> locations_;
  std::vector<std::uint64_t> initial_;
  // By location: what each thread may write there.
  std::vector<std::map<std::size_t, std::set<std::uint64_t>>> written_;

  trace trace_;
  std::map<std::size_t, std::uint64_t> own_;   // what the thread has written last
  std::map<std::size_t, int> looks_;           // how often it looked at a location
  std::vector<std::size_t> choices_, widths_;  // of this run
  std::size_t chosen_ = 0;
};

// In the place of std::atomic.
template <class T>
class recorded_atomic {
 public:
  constexpr recorded_atomic(  // NOLINT(google-explicit-constructor): as std's
      T value = {}) noexcept
      : value_(value) {
    if (!std::is_constant_evaluated()) recorder::current().is_created(this, bits(value));
  }
  recorded_atomic(const recorded_atomic&) = delete;
  recorded_atomic& operator=(const recorded_atomic&) = delete;

  T load(std::memory_order order = std::memory_order_seq_cst,
         const std::source_location& at = std::source_location::current()) const noexcept {
    return value(recorder::current().load(this, bits(value_), order, at));
  }
  void store(T written, std::memory_order order = std::memory_order_seq_cst,
             const std::source_location& at = std::source_location::current()) noexcept {
    if constexpr (std::is_same_v<T, bool>) {
      if (!written) recorder::current().end_protected(this);
    }
    if (recorder::current().store(this, bits(value_), bits(written), order, at)) value_ = written;
  }
  T exchange(T written, std::memory_order order = std::memory_order_seq_cst,
             const std::source_location& at = std::source_location::current()) noexcept {
    const T found = change([&](T) { return written; }, order, at);
    if constexpr (std::is_same_v<T, bool>) {
      if (written && !found) recorder::current().begin_protected(this);
    }
    return found;
  }
  T fetch_add(T added, std::memory_order order = std::memory_order_seq_cst,
              const std::source_location& at = std::source_location::current()) noexcept {
    return change([&](T before) { return static_cast<T>(before + added); }, order, at);
  }
  T fetch_sub(T subtracted, std::memory_order order = std::memory_order_seq_cst,
              const std::source_location& at = std::source_location::current()) noexcept {
    return change([&](T before) { return static_cast<T>(before - subtracted); }, order, at);
  }
  bool compare_exchange_strong(
      T& expected, T wanted, std::memory_order success, std::memory_order failure,
      const std::source_location& at = std::source_location::current()) noexcept {
    const auto [found, store] = recorder::current().change(
        this, bits(value_),
        [&](std::uint64_t before) {
          return before == bits(expected) ? std::optional(bits(wanted)) : std::nullopt;
        },
        success, failure, at);
    const bool was_expected = found == bits(expected);
    if (store && was_expected) value_ = wanted;
    expected = value(found);
    return was_expected;
  }
  bool compare_exchange_weak(
      T& expected, T wanted, std::memory_order success, std::memory_order failure,
      const std::source_location& at = std::source_location::current()) noexcept {
    return compare_exchange_strong(expected, wanted, success, failure, at);
  }

  void wait(T while_it_is, std::memory_order = std::memory_order_seq_cst) const noexcept {
    recorder::current().sleep_while(this, bits(value_), bits(while_it_is));
  }
  void notify_one() noexcept { recorder::current().wake(this); }

  std::uint64_t raw() const { return bits(value_); }

 private:
  static_assert(sizeof(T) <= sizeof(std::uint64_t) && std::is_trivially_copyable_v<T>);
  static std::uint64_t bits(T value) {
    std::uint64_t all = 0;
    std::memcpy(&all, &value, sizeof value);
    return all;
  }
  static T value(std::uint64_t all) {
    if constexpr (std::is_same_v<T, bool>) return all != 0;  // also where it is garbage
    T made;
    std::memcpy(&made, &all, sizeof made);
    return made;
  }
  template <class Function>
  T change(Function to, std::memory_order order, const std::source_location& at) {
    const auto [found, store] = recorder::current().change(
        this, bits(value_),
        [&](std::uint64_t before) { return std::optional(bits(to(value(before)))); }, order,
        std::memory_order_relaxed, at);
    if (store) value_ = to(value(found));
    return value(found);
  }

  T value_;
};

// As what a mutex guards: compilers and processors do with it as they like.
class guarded {
 public:
  std::uint64_t load() const { return recorder::current().load_guarded(this, value_); }
  void store(std::uint64_t written) {
    if (recorder::current().store_guarded(this, value_, written)) value_ = written;
  }

 private:
  std::uint64_t value_ = 0;
};

}  // namespace weak
