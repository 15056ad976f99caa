// arena: the heap of one execution. It gives the same addresses in every run, and tells what leaked and
// what was written after it had been freed.
#pragma once

#include <cstddef>
#include <string>

namespace model {

// Replaces the global operator new and delete while it is open and not paused. Nothing is reused before the
// execution ends: an address names one object, and whatever touches freed memory is seen, by
// AddressSanitizer at once, else at the end by the damage to the pattern that fills it.
//
// Equal addresses in every run matter twice: the search re-runs a prefix and expects the same steps, and
// hash tables iterate in an order that depends on where they are.
class arena {
 public:
  static void open();
  // Returns what is wrong with the memory of the execution; empty if nothing is.
  static std::string close();
  // After a failure: forgets everything.
  static void abandon();

  // The scheduler's own allocations outlive the execution.
  class pause {
   public:
    pause();
    ~pause();
    pause(const pause&) = delete;
    pause& operator=(const pause&) = delete;

   private:
    bool was_active_;
  };

  // What pause does, for code that does not return in the order in which it was called.
  static bool set_active(bool active);
};

}  // namespace model
