// condition_variable: what a thread of the program under test sleeps on, for a while or until it is notified.
#pragma once

#include <mutex>

#include "sync.hpp"

namespace model {

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

  // Returns: whether it holds, at the latest when the time has passed.
  template <class TimePoint, class Predicate>
  bool wait_until(std::unique_lock<mutex>& lock, const TimePoint&, Predicate holds) {
    while (!holds()) {
      const bool in_time = sleep(lock, nullptr);
      if (!in_time) return holds();
    }
    return true;
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
