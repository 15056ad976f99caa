// scheduler: runs a few fibers on one thread, one visible step at a time, in the order a search chooses.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "context.hpp"
#include "search.hpp"
#include "step.hpp"

namespace model {

// Threads of the program under test, as functions.
using thread_functions = std::vector<std::function<void()>>;

// Memory is sequentially consistent: fibers see each other's writes at once.
class scheduler {
 public:
  // The one there is.
  static scheduler& current();

  // Runs one execution, to its end or its failure.
  void run(const thread_functions& threads, search& order);

  // The calling fiber is about to make a step that others can see; whoever is to run first runs. Returns
  // when the step may be made. Does nothing outside of fibers: set-up and final checks are not explored.
  using predicate = bool (*)(const void*);
  void point(const step& what, predicate enabled = nullptr, const void* argument = nullptr);

  // The running fiber has released a lock, since its last step.
  void released(const void* lock);

  // The execution is wrong. Does not return to a fiber.
  void fail(const std::string& message);
  bool failed() const { return !failure_.empty(); }
  const std::string& failure() const { return failure_; }
  void forget_failure() { failure_.clear(); }

  // outside, or the number of the running fiber
  static constexpr int outside = -1;
  int fiber() const { return running_; }

  // What the running fiber is in the midst of.
  struct surroundings {
    int locks_held = 0;
    // The coroutine that is being suspended: from the moment at which its waiter is published, another
    // fiber may resume and destroy it, whatever this one still has to do.
    const void* suspending = nullptr;
    bool time_has_passed = false;     // see deadline_clock
    const void* sleeps_on = nullptr;  // see parking_word
    bool woken = false;
  };
  surroundings& here();
  // Those fibers that sleep on a word.
  void wake(const void* word);

  // Prints every step that is made.
  void set_verbose(bool verbose) { verbose_ = verbose; }
  // As text, for the report of a crash.
  std::string schedule_so_far() const;

 private:
  struct fiber_state {
    context stack{&scheduler::fiber_main};
    const std::function<void()>* body = nullptr;
    bool done = true;
    step next;
    predicate enabled = nullptr;
    const void* argument = nullptr;
    surroundings around;
  };

  static void fiber_main();
  fiber_state& state(int fiber) { return *fibers_[static_cast<std::size_t>(fiber)]; }
  context& stack_of(int fiber);
  fiber_set enabled_fibers();
  search::pending_steps pending_steps();
  void arm(const thread_functions& threads);
  void dispatch();
  void deadlocked();
  void make(int fiber);
  void print(int fiber, const step& what);
  void go_to(int fiber);

  static constexpr std::size_t most_steps = 5000;

  context outside_;
  std::array<std::unique_ptr<fiber_state>, max_fibers> fibers_;
  int thread_count_ = 0;
  int running_ = outside;
  search* order_ = nullptr;
  std::string failure_;
  surroundings around_outside_;
  bool verbose_ = false;
  std::vector<const void*> printed_objects_;
};

// Fails the execution unless `holds`.
inline void check(bool holds, const char* what) {
  if (!holds) scheduler::current().fail(what);
}

}  // namespace model
