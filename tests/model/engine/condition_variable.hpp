// condition_variable: what a thread of the program under test sleeps on, for a while or until it is notified.
#pragma once

#include <chrono>
#include <mutex>
#include <ratio>

#include "sync.hpp"

namespace model {

// The clock of the deadlines of threads. It stands until a thread has slept for as long as it would.
struct deadline_clock {
  using rep = int;
  using period = std::ratio<1>;
  using duration = std::chrono::duration<rep, period>;
  using time_point = std::chrono::time_point<deadline_clock>;
  static constexpr bool is_steady = true;

  static time_point now() {
    return time_point(duration(scheduler::current().here().time_has_passed ? 1 : 0));
  }
  // Of the calling thread: a new deadline, and that it has passed.
  static time_point start() {
    scheduler::current().here().time_has_passed = false;
    return time_point(duration(1));
  }
  static void pass() { scheduler::current().here().time_has_passed = true; }
};

// For one sleeper. It is never woken without a reason, although a real one may be. Time passes when the
// search wants it to: a deadline may be reached at once, and may not be for as long as others still run.
class condition_variable {
 public:
  condition_variable() = default;
  condition_variable(const condition_variable&) = delete;
  condition_variable& operator=(const condition_variable&) = delete;
  // A step, so that the search tries to notify it later than that.
  ~condition_variable() {
    scheduler::current().point({this, access::write, "destroy"});
    alive_ = false;
  }

  void notify_one() {
    scheduler::current().point({this, access::write, "notify"});
    check(alive_, "a condition variable is notified that has been destroyed");
    notified_ = true;
  }

  template <class Predicate>
  void wait(std::unique_lock<mutex>& lock, Predicate holds) {
    while (!holds()) sleep(lock, &is_notified);
  }

  // However long: until it is notified or the time has passed, of which the deadlines' clock knows.
  template <class Duration>
  void wait_for(std::unique_lock<mutex>& lock, const Duration&) {
    if (!sleep(lock, nullptr)) deadline_clock::pass();
  }

 private:
  static bool is_notified(const void* self) {
    return static_cast<const condition_variable*>(self)->notified_;
  }

  // Returns: whether it was notified.
  bool sleep(std::unique_lock<mutex>& lock, scheduler::predicate until) {
    scheduler::current().point({this, access::write, "fall asleep"});
    notified_ = false;
    lock.unlock();
    scheduler::current().point({this, access::block, "sleep"}, until, this);
    const bool notified = notified_;
    lock.lock();
    return notified;
  }

  bool notified_ = false;
  bool alive_ = true;
};

}  // namespace model
