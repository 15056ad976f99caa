// lock_order: in debug builds, which map's lock was ever taken inside of which other's; ends the program
// where two were taken both ways, since two threads that do so can wait for each other for ever.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <utility>
#include <vector>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/mutex.hpp>

namespace waitmap::detail {

// All pairs of maps of the program that were ever nested. Taken only by who nests them, in debug builds.
class lock_order {
 public:
  // `inner` is about to be locked by a thread that holds a lock of `outer`. Returns false where `outer`
  // was once locked inside of `inner`, directly or with others between them.
  bool add(const void* outer, const void* inner) {
    const std::lock_guard lock(mutex_);
    const pair added{outer, inner};
    if (std::ranges::find(nested_, added) != nested_.end()) return true;
    if (leads(inner, outer)) return false;
    nested_.push_back(added);
    return true;
  }
  // Another map may be made where this one was.
  void forget(const void* map) noexcept {
    const std::lock_guard lock(mutex_);
    std::erase_if(nested_,
                  [&](const pair& each) { return each.first == map || each.second == map; });
  }

 private:
  using pair = std::pair<const void*, const void*>;

  bool leads(const void* from, const void* to) const {
    std::vector<const void*> found{from};
    for (std::size_t looked = 0; looked < found.size(); ++looked) {
      for (const pair& each : nested_) {
        if (each.first != found[looked]) continue;
        if (each.second == to) return true;
        if (std::ranges::find(found, each.second) == found.end()) found.push_back(each.second);
      }
    }
    return false;
  }

  word_mutex mutex_;  // not a std::mutex: not every system can make one before the program begins
  std::vector<pair> nested_;
};

// Never destroyed: maps may live to the end of the program.
union lock_order_of_program_type {
  constexpr lock_order_of_program_type() noexcept : order() {}
  ~lock_order_of_program_type() {}
  lock_order order;
};
WAIT_MAP_ONE_PER_PROGRAM inline constinit lock_order_of_program_type lock_order_of_program{};

// No order is asked for where there is no memory to note it.
WAIT_MAP_NOINLINE inline void must_be_in_order(const void* outer, const void* inner) noexcept {
  try {
    if (lock_order_of_program.order.add(outer, inner)) return;
  } catch (...) {
    return;
  }
  std::fprintf(
      stderr,
      "wait_map: the map at %p was called from a function that runs under a lock of the map "
      "at %p, and elsewhere it was the other way round, if only by way of others. Two threads "
      "that do so wait for each other for ever, even if both only read. Call them in one "
      "order everywhere, or collect what you need of the one before you call the other.\n",
      inner, outer);
  std::fflush(stderr);
  std::abort();
}

}  // namespace waitmap::detail
