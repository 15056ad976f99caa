// history: what the operations of one execution did, and when they began and ended.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace model {

// What a thread of a scenario can do. `clear`, `cancel_all`, `close` and `destroy_map` concern all keys, and
// so do wait_all, wait_any and take_any.
enum class action : std::uint8_t {
  wait,
  wait_result,
  wait_with,
  wait_modify,
  wait_throwing,  // a wait_with whose function throws
  take,
  subscribe,
  subscribe_take,
  compute,              // get_or_compute
  blocking_wait,        // of a thread, which must be certain to end
  blocking_wait_until,  // a deadline, which may pass at any time
  claim_or_wait,        // who gets the claim keeps it
  claim_and_fulfil,     // likewise, and gives it its value
  claim_and_drop,       // likewise, and drops it
  blocking_claim,       // a thread's claim_or_wait, with a deadline, that drops it
  wait_all,
  subscribe_all,
  wait_any,
  take_any,
  insert,
  insert_or_assign,
  exchange,
  update,  // emplace through the entry
  deliver,
  erase,
  extract,
  invalidate,
  get,
  contains,
  waiting,
  clear,
  cancel,
  cancel_all,
  close,
  fail,
  claim,
  fulfil,       // the claim gets its value
  break_claim,  // an exception
  drop_claim,   // nothing
  unwanted,     // whether it is
  stop,
  stop_parent,  // the parent of the coroutine that waits
  destroy,      // the frame of a suspended coroutine
  destroy_map,  //
  after,        // goes on when another waiter has been resumed
  run_posted,   // resumes what a posting resumer was handed
  fail_here,    // a factory throws
  leads,        // a caller must be the one that computes
  // Only in histories:
  registered,   // a wait for several keys has looked at them all
  move_begins,  // a subscription does not hear its stop token from here on
  moved,        // and hears it again
  awaited,      // a subscription hears its coroutine's parent from here on
  time_out,     // a deadline has passed
  observe,      // a waiter is resumed and has its result
  pending,      // a waiter still waits at the end
  total,        // the sum of what the parts of an operation on all keys have returned
};

constexpr bool begins_wait(action what) { return what <= action::take_any; }
constexpr bool waits_for_any(action what) {
  return what == action::wait_any || what == action::take_any;
}
constexpr bool waits_for_all(action what) {
  return what == action::wait_all || what == action::subscribe_all;
}
constexpr bool waits_for_all_keys(action what) {
  return waits_for_all(what) || waits_for_any(what);
}
constexpr bool takes(action what) {
  return what == action::take || what == action::subscribe_take || what == action::take_any;
}
constexpr bool subscribes(action what) {
  return what == action::subscribe || what == action::subscribe_take ||
         what == action::subscribe_all;
}

constexpr bool blocks(action what) {
  return what == action::blocking_wait || what == action::blocking_wait_until ||
         what == action::blocking_claim;
}
constexpr bool follows(action what) {
  return what >= action::claim_or_wait && what <= action::blocking_claim;
}
// The number of the claim that such a wait may get. Other claims have lower numbers.
inline constexpr int claims_of_waits = 8;

inline constexpr int no_result = std::numeric_limits<int>::min();

// How a wait ended, as one number: the value it got, or one of these.
namespace outcome {
inline constexpr int undecided = -1;
inline constexpr int error = -2;  // an exception
inline constexpr int cancelled = -3;
inline constexpr int stopped = -4;
inline constexpr int closed = -5;
inline constexpr int abandoned = -6;
inline constexpr int nothing = -7;  // nullopt: one of the four above
inline constexpr int claimed = -8;  // no end: the claim is the waiter's
inline constexpr int unwound = -9;  // stopped by the parent: the coroutine is not resumed
}  // namespace outcome
// What a wait for any of several keys gets: the value, and which key.
constexpr int encode_any(int value, int key) { return value + 10000 * key; }

// An insert_result as a number: an insert_outcome, and how many waiters were resumed.
namespace insert_outcome {
enum : int { inserted, assigned, present, handed_off, delivered, no_waiter, closed, revoked };
}
constexpr int encode(int what, int resumed) { return what * 16 + resumed; }

struct event {
  static constexpr int every_key = -1;  // at once
  static constexpr int never = std::numeric_limits<int>::max();

  action what;
  int key = 0;
  int value = 0;
  int waiter = -1;         // or the claim
  int fiber = -1;          // observe: -1 where order and thread of resumption are not promised
  int group = -1;          // of the parts of one operation on all keys, and their total
  int result = no_result;  // what was returned; no_result: not known, or not looked at
  int begin = 0;
  int end = never;
};

using history = std::vector<event>;

}  // namespace model
