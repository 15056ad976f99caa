#include "search.hpp"

#include <bit>
#include <limits>
#include <utility>

namespace model {
namespace {

int lowest(fiber_set set) { return std::countr_zero(set); }
std::size_t at(int fiber) { return static_cast<std::size_t>(fiber); }

}  // namespace

search::search(search_options options)
    : options_(std::move(options)), random_state_((options_.seed * 0x9E3779B97F4A7C15u) | 1u) {}

void search::restart() {
  trace_.clear();
  objects_.clear();
  clocks_ = {};
  redundant_ = false;
}

int search::choose(fiber_set enabled, const pending_steps& next) {
  if (options_.how == strategy::replay) return choose_for_replay(enabled);
  if (options_.how == strategy::random) return choose_at_random(enabled);
  if (depth() == path_.size()) path_.push_back(make_node(enabled, next));
  const node& here = path_[depth()];
  if ((here.enabled & ~here.asleep) == 0) redundant_ = true;
  return here.chosen;
}

int search::choose_for_replay(fiber_set enabled) const {
  if (depth() < options_.replayed.size()) return options_.replayed[depth()];
  const int last = last_fiber();
  return last >= 0 && contains(enabled, last) ? last : lowest(enabled);
}

int search::choose_at_random(fiber_set enabled) {
  random_state_ ^= random_state_ << 13;
  random_state_ ^= random_state_ >> 7;
  random_state_ ^= random_state_ << 17;
  auto skipped = random_state_ % static_cast<unsigned>(std::popcount(enabled));
  while (skipped-- > 0) enabled &= enabled - 1;
  return lowest(enabled);
}

search::node search::make_node(fiber_set enabled, const pending_steps& next) const {
  node made;
  made.enabled = enabled;
  made.next = next;
  if (!path_.empty()) {
    made.preemptions = preemptions_after(path_.back());
    if (options_.how == strategy::reduced) made.asleep = sleepers_below(path_.back());
  }
  const int last = last_fiber();
  const fiber_set awake = enabled & ~made.asleep;
  // Where all sleep, run to the end, but branch nowhere.
  const fiber_set candidates = awake != 0 ? awake : enabled;
  const bool can_continue = last >= 0 && contains(enabled, last);
  made.chosen = can_continue && contains(candidates, last) ? last : lowest(candidates);
  if (options_.how == strategy::reduced) {
    made.to_try = awake != 0 ? only(made.chosen) : 0;
  } else {
    const bool bound_reached =
        options_.preemption_bound >= 0 && made.preemptions >= options_.preemption_bound;
    made.to_try = bound_reached && can_continue ? only(last) : enabled;
  }
  return made;
}

fiber_set search::sleepers_below(const node& parent) const {
  fiber_set still_asleep = 0;
  for (int fiber = 0; fiber < max_fibers; ++fiber) {
    if (!contains(parent.asleep, fiber) || fiber == parent.chosen) continue;
    if (!dependent(parent.next[at(fiber)], parent.next[at(parent.chosen)]))
      still_asleep |= only(fiber);
  }
  return still_asleep;
}

int search::preemptions_after(const node& parent) const {
  if (trace_.size() < 2) return parent.preemptions;
  const int before = trace_[trace_.size() - 2].fiber;
  const bool preempted = before != parent.chosen && contains(parent.enabled, before);
  return parent.preemptions + (preempted ? 1 : 0);
}

void search::made(int fiber, const step& what) {
  if (options_.how == strategy::reduced) {
    note_races(fiber, what);
    advance_clocks(fiber, what);
  }
  trace_.push_back({fiber, clocks_[at(fiber)][fiber], what, clocks_[at(fiber)]});
}

void search::stuck(int fiber, const step& what) {
  if (options_.how == strategy::reduced) note_races(fiber, what);
}

void search::released(int fiber, const void* lock) {
  if (options_.how == strategy::reduced) clocks_of(lock).writes.join(clocks_[at(fiber)]);
}

void search::note_races(int fiber, const step& what) {
  if (what.object == nullptr || redundant_) return;
  vector_clock ordered = clocks_[at(fiber)];  // what happens before the step, by what lies between
  for (std::size_t i = trace_.size(); i-- > 0;) {
    const trace_entry& earlier = trace_[i];
    if (earlier.fiber == fiber || !dependent(earlier.what, what)) continue;
    if (ordered[earlier.fiber] >= earlier.number) continue;
    ordered.join(earlier.clock);
    fiber_set branches = reversal_of(i, fiber, what) & path_[i].enabled;
    if (branches == 0) branches = path_[i].enabled;
    if ((path_[i].to_try & branches) != 0) continue;
    path_[i].to_try |= contains(branches, fiber) ? only(fiber) : only(lowest(branches));
  }
}

// The fibers of which any may run first at the node before trace_[earlier], on the way to an execution in
// which the step of `fiber` comes before it: of the steps made since that do not happen after it, and this
// one, those that nothing else among them happens before.
fiber_set search::reversal_of(std::size_t earlier, int fiber, const step& what) const {
  const trace_entry& postponed = trace_[earlier];
  constexpr int none = std::numeric_limits<int>::max();
  std::array<int, max_fibers> first_of;  // the first of these steps of each fiber
  first_of.fill(none);
  const auto is_first = [&](int candidate, const vector_clock& before) {
    for (int other = 0; other < max_fibers; ++other) {
      if (other != candidate && before[other] >= first_of[at(other)]) return false;
    }
    return true;
  };
  fiber_set initials = 0;
  bool depends = false;
  for (std::size_t i = earlier + 1; i < trace_.size(); ++i) {
    const trace_entry& next = trace_[i];
    if (next.clock[postponed.fiber] >= postponed.number) continue;
    depends = depends || dependent(next.what, what);
    if (first_of[at(next.fiber)] != none) continue;
    if (is_first(next.fiber, next.clock)) initials |= only(next.fiber);
    first_of[at(next.fiber)] = next.number;
  }
  if (first_of[at(fiber)] == none && !depends && is_first(fiber, clocks_[at(fiber)]))
    initials |= only(fiber);
  return initials;
}

void search::advance_clocks(int fiber, const step& what) {
  vector_clock& mine = clocks_[at(fiber)];
  ++mine[fiber];
  if (what.after != nullptr) mine.join(clocks_of(what.after).writes);
  if (what.object == nullptr) return;
  object_clocks& theirs = clocks_of(what.object);
  if (only_reads(what.kind)) {
    mine.join(theirs.writes);
    theirs.reads.join(mine);
  } else if (what.kind == access::answer) {
    mine.join(theirs.reads);
    theirs.writes.join(mine);
  } else {
    mine.join(theirs.reads);
    mine.join(theirs.writes);
    theirs.writes = mine;
  }
}

search::object_clocks& search::clocks_of(const void* object) {
  for (object_clocks& known : objects_) {
    if (known.object == object) return known;
  }
  return objects_.emplace_back(object_clocks{object, {}, {}});
}

bool search::advance() {
  if (options_.how == strategy::random) return true;
  if (options_.how == strategy::replay) return false;
  while (!path_.empty()) {
    node& last = path_.back();
    last.asleep |= only(last.chosen);
    const fiber_set left = last.to_try & last.enabled & ~last.asleep;
    if (left != 0) {
      last.chosen = lowest(left);
      return true;
    }
    path_.pop_back();
  }
  return false;
}

schedule search::taken() const {
  schedule fibers;
  for (const trace_entry& entry : trace_) fibers.push_back(entry.fiber);
  return fibers;
}

}  // namespace model
