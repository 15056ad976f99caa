// history: what the operations on one key did, and when they began and ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

namespace stress {

enum class action : std::uint8_t {
  wait,
  take,
  insert,
  insert_or_assign,
  exchange,
  deliver,
  erase,
  extract,
  get,
  waiting,
  cancel,
  fail,
  stop,
  destroy,
  claim,
  fulfil,
  drop,
  close,
  resumed,  // a waiter has its result
};
inline constexpr const char* names[] = {"wait",     "take",    "insert", "insert_or_assign",
                                        "exchange", "deliver", "erase",  "extract",
                                        "get",      "waiting", "cancel", "fail",
                                        "stop",     "destroy", "claim",  "fulfil",
                                        "drop",     "close",   "resumed"};

struct event {
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  action what;
  int thread;
  int waiter = -1;  // or claim
  int value = 0;    // given to it
  // What it returned; of a waiter, how its wait ended.
  int number = 0;
  waitmap::insert_result result{waitmap::insert_outcome::inserted};
  std::uint64_t begin = 0;
  std::uint64_t end = never;
};

using history = std::vector<event>;

// Whether some order of the operations, in which none comes before another that had ended when it began,
// makes a reference_key do what was seen. The ends of waits must be those seen, too: so a lost wake-up, a
// value lost or given twice, a wrong order or count leaves no order.
//
// Where threads were preempted in the middle of operations, these overlap with all that the others did, and there
// are more orders than can be tried. The search leaves out those that cannot come true, and tries only one of
// those that differ in nothing that matters: hundreds of events take it some thousand steps. It gives up after a
// million.
enum class verdict : std::uint8_t { linearizable, impossible, undecided };
verdict judge(history& events);

std::string describe(const history& events);

}  // namespace stress
