// parking_word: what a word_parker of the library sleeps on, each use a visible step.
#pragma once

#include <chrono>
#include <cstdint>
#include <utility>

#include "condition_variable.hpp"
#include "scheduler.hpp"

namespace model {

// The word may be gone when somebody wakes who sleeps on it, and for nothing else. Nobody wakes without a reason,
// although a futex may. Time passes when the search wants it to: see condition_variable.
class parking_word {
 public:
  parking_word() = default;
  parking_word(const parking_word&) = delete;
  // A step, so that the search tries to use it later than that.
  ~parking_word() {
    step_to(access::write, "destroy");
    alive_ = false;
  }

  std::uint32_t load() const {
    step_to(access::read, "load");
    return value_;
  }
  std::uint32_t exchange(std::uint32_t value) {
    step_to(access::write, "exchange");
    return std::exchange(value_, value);
  }
  void replace(std::uint32_t before, std::uint32_t value) {
    step_to(access::write, "replace");
    if (value_ == before) value_ = value;
  }

  // To look again and again is no use to a search.
  bool spin_until(std::uint32_t) const { return false; }
  // Until it is woken.
  void sleep_while(std::uint32_t value) { sleep(value, &is_woken); }
  // However long: until it is woken or the time has passed, of which the deadlines' clock knows.
  void sleep_while(std::uint32_t value, std::chrono::nanoseconds) {
    if (!sleep(value, nullptr)) deadline_clock::pass();
  }
  static void wake(const void* address) {
    scheduler::current().point({address, access::write, "wake"});
    scheduler::current().wake(address);
  }

 private:
  static bool is_woken(const void* sleeper) {
    return static_cast<const scheduler::surroundings*>(sleeper)->woken;
  }

  // Returns: whether it was woken, or did not fall asleep.
  bool sleep(std::uint32_t value, scheduler::predicate until) {
    step_to(access::write, "fall asleep");
    if (value_ != value) return true;
    scheduler::surroundings& here = scheduler::current().here();
    here.sleeps_on = this;
    here.woken = false;
    scheduler::current().point({this, access::block, "sleep"}, until, &here);
    here.sleeps_on = nullptr;
    return here.woken;
  }

  void step_to(access kind, const char* name) const {
    scheduler::current().point({this, kind, name});
    check(alive_, "a parking word is used that has been destroyed");
  }

  std::uint32_t value_ = 0;
  bool alive_ = true;
};

}  // namespace model
