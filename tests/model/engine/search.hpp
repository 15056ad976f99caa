// search: which fiber runs next, so that in the end every interleaving that matters has been run.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "step.hpp"

namespace model {

enum class strategy : std::uint8_t {
  reduced,     // every interleaving up to the order of steps that commute
  exhaustive,  // every interleaving, or every one with few enough preemptions
  random,      // as many as wanted, each choice by a seeded generator
  replay,      // one given schedule
};

// For each step, the fiber that made it.
using schedule = std::vector<int>;

struct search_options {
  strategy how = strategy::reduced;
  int preemption_bound = -1;  // exhaustive: none if negative
  std::uint64_t seed = 1;     // random
  schedule replayed;          // replay; where it ends, the last fiber goes on
};

// Dynamic partial-order reduction with source sets and sleep sets (Abdulla, Aronis, Jonsson, Sagonas: Source
// Sets, JACM 64(4), 2017). Each execution starts from scratch and follows the path of the one before up to
// the node where it takes another branch.
//
// A fiber whose choice at a node is explored sleeps below its siblings, until a step that depends on its
// next one wakes it. When a step is made, each earlier step that it is in a race with (dependent, of another
// fiber, with nothing between the two that orders them) is a reason to try another branch at the node before
// that earlier step: one from which the later step can come first.
//
// The choice of that branch is delicate. The older rule, "the later step's fiber, if it is enabled there",
// misses schedules together with sleep sets: that fiber may be asleep, while a third one should run first.
class search {
 public:
  using pending_steps = std::array<step, max_fibers>;

  explicit search(search_options options);

  // A new execution.
  void restart();
  // Who runs next; `next` holds the step each fiber is about to make. `enabled` is not empty.
  int choose(fiber_set enabled, const pending_steps& next);
  // `fiber` makes its step.
  void made(int fiber, const step& what);
  // It also released a lock, which nobody sees but those who wait for the lock.
  void released(int fiber, const void* lock);
  // A fiber that waits forever: its step is never made, yet another order might have let it.
  void stuck(int fiber, const step& what);
  // Moves to the next execution; false when all are done.
  bool advance();

  // What was run since restart().
  schedule taken() const;
  std::size_t depth() const { return trace_.size(); }
  strategy how() const { return options_.how; }

 private:
  // A state of the program on the current path.
  struct node {
    fiber_set enabled = 0;
    fiber_set to_try = 0;
    fiber_set asleep = 0;  // explored already, here or at a sibling
    int chosen = 0;
    int preemptions = 0;  // before this node
    pending_steps next{};
  };
  struct trace_entry {
    int fiber;
    int number;  // counts the steps of the fiber
    step what;
    vector_clock clock;
  };
  struct object_clocks {
    const void* object;
    vector_clock reads;
    vector_clock writes;
  };

  int last_fiber() const { return trace_.empty() ? -1 : trace_.back().fiber; }
  int choose_for_replay(fiber_set enabled) const;
  int choose_at_random(fiber_set enabled);
  node make_node(fiber_set enabled, const pending_steps& next) const;
  fiber_set sleepers_below(const node& parent) const;
  int preemptions_after(const node& parent) const;
  void note_races(int fiber, const step& what);
  fiber_set reversal_of(std::size_t earlier, int fiber, const step& what) const;
  void advance_clocks(int fiber, const step& what);
  object_clocks& clocks_of(const void* object);

  search_options options_;
  std::uint64_t random_state_;
  std::vector<node> path_;
  std::vector<trace_entry> trace_;
  std::vector<object_clocks> objects_;
  std::array<vector_clock, max_fibers> clocks_{};
  // All fibers slept at a node of this execution: what follows was explored elsewhere.
  bool redundant_ = false;
};

}  // namespace model
