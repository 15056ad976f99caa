#include "fixture.hpp"

#include <algorithm>

#include "../engine/arena.hpp"
#include "values.hpp"

namespace model {
namespace {

fixture* the_current = nullptr;

bool concerns_all_keys(action what) {
  return what == action::clear || what == action::cancel_all || what == action::close ||
         what == action::destroy_map;
}

// After the parts in which a wait looks at its keys: one in which a wait for any of them sees whether it is to
// stop; a wait for all of them, one for each key.
int parts_that_end_registration(const operation& wait) {
  if (waits_for_any(wait.what)) return 1;
  return wait.stoppable || wait.child ? reference_map::keys : 0;
}

}  // namespace

fixture::fixture(exploration& of) : exploration_(of) {
  the_current = this;
  counted_key::live = 0;
  counted_value::live = 0;
  events_.reserve(64);
}

fixture::~fixture() { the_current = nullptr; }

fixture& fixture::current() { return *the_current; }

waitmap::thread_state& fixture::this_thread() {
  return thread_states_[static_cast<std::size_t>(scheduler::current().fiber() + 1)];
}

std::vector<fixture::exit>& fixture::exits_of_this_thread() {
  return exits_[static_cast<std::size_t>(scheduler::current().fiber() + 1)];
}

void fixture::exited(std::coroutine_handle<> frame) {
  exits_of_this_thread().push_back({errors_, frame});
}

void fixture::end_exits(std::size_t before, int thrown) {
  std::vector<exit>& exits = exits_of_this_thread();
  const int first = exits.size() == before ? 0 : exits[before].number;
  check(thrown == first,
        "what a call throws is not the first exception by which a coroutine exited");
  for (; exits.size() > before; exits.pop_back()) exits.back().frame.destroy();
}

fixture::begun fixture::begin(const operation& what) {
  const int fiber = scheduler::current().fiber();
  if (played().real_time) scheduler::current().point({&clock_, access::call, name_of(what.what)});
  event made{.what = what.what,
             .key = what.key,
             .value = what.value,
             .waiter = what.waiter,
             .fiber = fiber,
             .begin = clock_++};
  const std::size_t first = events_.size();
  if (begins_wait(what.what)) {
    waiter_of(what).begun = true;
    waiter_of(what).begun_at = made.begin;
  }
  if (waits_for_all_keys(what.what)) {
    for (made.key = 0; made.key < reference_map::keys; ++made.key) {
      events_.push_back(made);
      if (waits_for_all(what.what)) ++made.waiter;
    }
    made.what = action::registered;
    made.waiter = what.waiter;
    for (made.key = 0; made.key < parts_that_end_registration(what); ++made.key) {
      events_.push_back(made);
      if (waits_for_all(what.what)) ++made.waiter;
    }
  } else if (concerns_all_keys(what.what)) {
    // Atomic where both keys share a shard; else shard by shard.
    made.group = groups_++;
    made.key = played().shards == 1 ? event::every_key : 0;
    events_.push_back(made);
    made.key = 1;
    if (played().shards != 1) events_.push_back(made);
  } else {
    events_.push_back(made);
    const bool ends_wait = what.what == action::stop || what.what == action::stop_parent ||
                           what.what == action::destroy;
    if (ends_wait && played().counts_as_two[static_cast<std::size_t>(what.waiter)]) {
      ++made.waiter;
      made.key = 1;
      events_.push_back(made);
    }
  }
  if (subscribes(what.what)) note_parts_of_subscription(what, made);
  return {first, events_.size() - first};
}

// Behind its registration: in the midst of its co_await, or of the move before that.
void fixture::note_parts_of_subscription(const operation& wait, event part) {
  const bool all = waits_for_all(wait.what);
  part.waiter = wait.waiter;
  part.key = all ? 0 : wait.key;
  if (wait.moved && !all) {  // one for all keys stays where it is, whoever owns it
    for (const action each : {action::move_begins, action::moved}) {
      part.what = each;
      events_.push_back(part);
    }
  }
  if (!wait.child || !played().has(action::stop_parent)) return;
  part.what = action::awaited;
  events_.push_back(part);
  if (!all) return;
  ++part.waiter;
  part.key = 1;
  events_.push_back(part);
}

void fixture::end(begun operation_, int result) {
  if (played().real_time) scheduler::current().point({&clock_, access::answer, "return"});
  const int now = clock_++;
  for (std::size_t i = 0; i < operation_.count; ++i) events_[operation_.first + i].end = now;
  event& first = events_[operation_.first];
  if (concerns_all_keys(first.what)) {
    if (result == no_result) return;
    events_.push_back(
        {.what = action::total, .group = first.group, .result = result, .begin = now, .end = now});
  } else if (begins_wait(first.what)) {
    for (std::size_t i = 0; i < operation_.count; ++i) events_[operation_.first + i].result = 1;
  } else {
    for (std::size_t i = 0; i < operation_.count; ++i)
      events_[operation_.first + i].result = result;
  }
}

void fixture::observe(const operation& wait, int result, int second_result) {
  waiter& its = waiter_of(wait);
  if (played().awaited[static_cast<std::size_t>(wait.waiter)]) {
    scheduler::current().point({&its, access::write, "has its result"});
  }
  check(!its.ended, "a coroutine is resumed twice");
  its.ended = true;
  if (finishing_) return;
  const bool order_is_promised = played().resumer == resumer_kind::trampoline &&
                                 !subscribes(wait.what) && !blocks(wait.what) &&
                                 !waits_for_all_keys(wait.what);
  const int fiber = order_is_promised ? scheduler::current().fiber() : -1;
  event seen{.what = action::observe,
             .waiter = wait.waiter,
             .fiber = fiber,
             .result = result,
             .begin = clock_,
             .end = clock_};
  events_.push_back(seen);
  if (second_result != no_result) {
    ++seen.waiter;
    seen.result = second_result;
    events_.push_back(seen);
  }
  ++clock_;
}

void fixture::time_out(const operation& wait) {
  const int begin = waiter_of(wait).begun_at;
  events_.push_back(
      {.what = action::time_out, .waiter = wait.waiter, .begin = begin, .end = clock_++});
}

void fixture::stop(const operation& what) {
  const begun stopping = begin(what);
  waiter_of(what).stopped = true;
  end(stopping, waiter_of(what).source.request_stop());
}

void fixture::stop_parent(const operation& what) {
  const begun stopping = begin(what);
  waiter_of(what).stopped = true;
  end(stopping, waiter_of(what).parent.request_stop());
}

void fixture::unwound(const operation& wait, std::coroutine_handle<> frame) {
  scheduler& fibers = scheduler::current();
  fibers.point({frame.address(), access::write, "unwind"});
  auto& around = fibers.here();
  if (around.suspending == frame.address()) around.suspending = nullptr;
  check(around.locks_held == 0, "a coroutine is unwound while a lock is held");
  check(!waiter_of(wait).parent.has_callback(), "a parent is told while its token has a callback");
  waiter_of(wait).place.frame = nullptr;
  observe(wait, outcome::unwound, waits_for_all(wait.what) ? outcome::unwound : no_result);
  frame.destroy();
}

// Only a frame of which the scenario's author knows that no other thread may be resuming it.
void fixture::destroy(const operation& what) {
  waiter& its = waiter_of(what);
  if (its.place.frame == nullptr) return;
  const begun destruction = begin(what);
  its.ended = true;
  std::coroutine_handle<>::from_address(std::exchange(its.place.frame, nullptr)).destroy();
  end(destruction, no_result);
}

void fixture::await_end(const operation& what) {
  waiter& its = waiter_of(what);
  scheduler::current().point({&its, access::block, "await the result"}, &has_ended, &its);
}

void fixture::post(std::coroutine_handle<> ready) {
  scheduler::current().point({&posted_, access::write, "post"});
  posted_.push_back(ready);
}

// All that is posted when it looks, in order.
void fixture::run_posted() {
  scheduler& fibers = scheduler::current();
  for (;;) {
    fibers.point({&posted_, access::write, "fetch what is posted"});
    if (posted_.empty()) return;
    const std::coroutine_handle<> next = posted_.front();
    posted_.erase(posted_.begin());
    resume_in([&] { next.resume(); });
  }
}

int fixture::pending_waits() const {
  return static_cast<int>(std::ranges::count_if(
      waiters_, [](const waiter& each) { return each.begun && !each.ended; }));
}

void fixture::note_pending() {
  for (int i = 0; i < played().waiters; ++i) {
    const waiter& each = waiters_[static_cast<std::size_t>(i)];
    if (!each.begun || each.ended) continue;
    events_.push_back({.what = action::pending, .waiter = i, .begin = clock_, .end = clock_});
    ++clock_;
  }
}

void fixture::note(action what, int key, int result) {
  events_.push_back({.what = what, .key = key, .result = result, .begin = clock_, .end = clock_});
  ++clock_;
}

void fixture::check_history() {
  // Each wait for any of several keys is decided by itself. Where an insert on one shard meets a close on the
  // other, one such wait can get the value and another be closed: nobody promises that they agree.
  if (played().shards > 1 && played().waits_for_any > 1) return;
  if (played().has(action::compute)) return;  // see single_flight
  const arena::pause kept;
  const std::uint64_t print = fingerprint(events_);
  if (exploration_.accepted.contains(print)) return;
  check(is_linearizable(events_), "the history is not linearisable");
  if (!scheduler::current().failed()) exploration_.accepted.insert(print);
}

void fixture::check_nothing_is_left() {
  check(frames_ == 0, "a coroutine was never resumed");
  check(pending_waits() == 0, "a wait did not end");
  for (const auto& thread : thread_states_) {
    check(thread.draining == nullptr && thread.locks == nullptr,
          "a thread is left in the midst of something");
  }
  check(counted_value::live == 0, "a value was not destroyed");
}

}  // namespace model
