#include "scheduler.hpp"

#include <cstdio>

#include "arena.hpp"
#include "schedule_text.hpp"

namespace model {

scheduler& scheduler::current() {
  static scheduler instance;
  return instance;
}

void scheduler::run(const thread_functions& threads, search& order) {
  const arena::pause own_memory;
  order_ = &order;
  order.restart();
  failure_.clear();
  printed_objects_.clear();
  arm(threads);
  dispatch();
  order_ = nullptr;
}

void scheduler::arm(const thread_functions& threads) {
  thread_count_ = static_cast<int>(threads.size());
  for (int i = 0; i < thread_count_; ++i) {
    auto& owner = fibers_[static_cast<std::size_t>(i)];
    // Not done: abandoned by an execution that failed.
    if (!owner || !owner->done) owner = std::make_unique<fiber_state>();
    owner->body = &threads[static_cast<std::size_t>(i)];
    owner->done = false;
    owner->next = {};
    owner->enabled = nullptr;
    owner->around = {};
  }
}

void scheduler::fiber_main() {
  scheduler& self = current();
  for (;;) {
    fiber_state& mine = self.state(self.running_);
    arena::set_active(true);
    (*mine.body)();
    arena::set_active(false);
    mine.done = true;
    self.dispatch();
  }
}

void scheduler::wake(const void* word) {
  for (const auto& each : fibers_) {
    if (each != nullptr && each->around.sleeps_on == word) each->around.woken = true;
  }
}

scheduler::surroundings& scheduler::here() {
  return running_ == outside ? around_outside_ : state(running_).around;
}

context& scheduler::stack_of(int fiber) { return fiber == outside ? outside_ : state(fiber).stack; }

fiber_set scheduler::enabled_fibers() {
  fiber_set enabled = 0;
  for (int i = 0; i < thread_count_; ++i) {
    const fiber_state& fiber = state(i);
    if (!fiber.done && (fiber.enabled == nullptr || fiber.enabled(fiber.argument)))
      enabled |= only(i);
  }
  return enabled;
}

search::pending_steps scheduler::pending_steps() {
  search::pending_steps next{};
  for (int i = 0; i < thread_count_; ++i) {
    if (!state(i).done) next[static_cast<std::size_t>(i)] = state(i).next;
  }
  return next;
}

void scheduler::point(const step& what, predicate enabled, const void* argument) {
  if (running_ == outside) return;
  const arena::pause own_memory;
  fiber_state& mine = state(running_);
  mine.next = what;
  mine.enabled = enabled;
  mine.argument = argument;
  dispatch();
}

void scheduler::released(const void* lock) {
  if (running_ == outside) return;
  const arena::pause own_memory;
  order_->released(running_, lock);
}

// Lets whoever is chosen make its step. Returns when the caller is chosen, or, outside, at the end.
void scheduler::dispatch() {
  const fiber_set enabled = enabled_fibers();
  if (enabled == 0) {
    deadlocked();
    go_to(outside);
    return;
  }
  if (order_->depth() > most_steps) {
    fail("livelock: the execution does not end");
    return;
  }
  const int next = order_->choose(enabled, pending_steps());
  if (next < 0 || next >= max_fibers || !contains(enabled, next)) {
    fail(
        "the schedule does not fit the program: replay of another program, or one that is not "
        "deterministic");
    return;
  }
  make(next);
  go_to(next);
}

// Nothing can run: all are done, or the rest waits forever.
void scheduler::deadlocked() {
  std::string waiting;
  for (int i = 0; i < thread_count_; ++i) {
    if (state(i).done) continue;
    order_->stuck(i, state(i).next);
    waiting += " T" + std::to_string(i) + " at " + state(i).next.name;
  }
  if (!waiting.empty() && failure_.empty()) failure_ = "deadlock:" + waiting;
}

void scheduler::make(int fiber) {
  fiber_state& chosen = state(fiber);
  if (verbose_) print(fiber, chosen.next);
  order_->made(fiber, chosen.next);
  chosen.enabled = nullptr;
}

void scheduler::print(int fiber, const step& what) {
  std::printf("  %3zu  T%d  %s", order_->depth(), fiber, what.name);
  if (what.object != nullptr) {
    std::size_t number = 0;
    while (number < printed_objects_.size() && printed_objects_[number] != what.object) ++number;
    if (number == printed_objects_.size()) printed_objects_.push_back(what.object);
    std::printf(" #%zu", number);
  }
  std::printf("\n");
}

void scheduler::go_to(int fiber) {
  const int from = running_;
  if (from == fiber) return;
  running_ = fiber;
  stack_of(from).switch_to(stack_of(fiber));
}

void scheduler::fail(const std::string& message) {
  arena::set_active(false);
  if (failure_.empty()) failure_ = message;
  if (running_ != outside) go_to(outside);
}

std::string scheduler::schedule_so_far() const {
  return order_ == nullptr ? std::string() : to_text(order_->taken());
}

}  // namespace model
