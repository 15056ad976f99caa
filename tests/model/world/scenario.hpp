// scenario: what the threads of a program do, written as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "../spec/history.hpp"

namespace model {

// One operation. In the text:
//   wait a, insert b, close            an action, and its key (a or b) where it has one
//   wait a stoppable                   with a stop token
//   wait_any, wait_all                 for both keys; wait_all counts as two waits
//   wait a child                       in a coroutine whose parent may stop it
//   subscribe a moved                  moved before it is awaited, and after what is done between
//   stop #0, destroy #1, after #0      concern the first, second, ... wait of the text
//   claim a; fulfil !0; drop_claim !1  likewise the first, second, ... claim
//   claim_and_fulfil a                 claim_or_wait, and what is done with the claim, if it comes
//   subscribe a (insert a; erase a)    what is done between registering and waiting
//   compute a (wait b; compute b)      get_or_compute, and what its factory does before it returns a value:
//                                      it awaits waits and computations, or ends by `throw`
//   leads #1                           fails unless that caller's factory is at work
//   wait a { insert b; throw }         what the coroutine does when it is resumed; `throw`, at the end: if it was
//                                      suspended, it exits by an exception
//   wait a -> take b                   the same coroutine then waits again
struct operation {
  action what = action::get;
  int key = 0;
  int waiter = -1;  // which wait, or which claim, it is or concerns
  int value = 0;    // of those that hand one in: each has its own
  bool stoppable = false;
  bool child = false;  // of a parent that may stop its coroutine
  bool moved = false;
  bool exits = false;  // by an exception, after `then`
  std::vector<operation> before;
  std::vector<operation> then;
  std::vector<operation> next;  // none or one
};

enum class resumer_kind : std::uint8_t { trampoline, immediate, posting };

// Threads are separated by |, operations by ;. In front, in brackets, what differs from the usual: [2 shards],
// [immediate], [posting], [real time].
struct scenario {
  std::string text;
  resumer_kind resumer = resumer_kind::trampoline;
  int shards = 1;
  // Explore the order of calls and returns, too: many more schedules, and the only way to find an operation
  // that takes effect before it is called or after it has returned.
  bool real_time = false;
  std::vector<std::vector<operation>> threads;
  int waiters = 0;
  std::uint64_t actions = 0;        // one bit for each that occurs
  bool waits_for_all_keys = false;  // some wait does
  int waits_for_any = 0;
  std::vector<bool> stoppable;      // by waiter
  std::vector<bool> child;          // by waiter
  std::vector<bool> awaited;        // by waiter: an `after` concerns it
  std::vector<bool> counts_as_two;  // by waiter: it and the next one are one wait, for all keys

  template <class... Actions>
  bool has(Actions... any) const {
    return ((actions >> static_cast<unsigned>(any) & 1) | ...) != 0;
  }
};

// Throws std::invalid_argument, saying what it does not understand.
scenario parse_scenario(std::string_view text);

const char* name_of(action what);

}  // namespace model
