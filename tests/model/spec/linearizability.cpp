#include "linearizability.hpp"

#include <algorithm>
#include <unordered_set>

#include "mixed.hpp"

namespace model {
namespace {

using event_set = std::uint64_t;
constexpr std::size_t most_events = 63;

class search {
 public:
  explicit search(const history& events) : events_(events) {}

  bool from(event_set left, const reference_run& before) {
    if (left == 0) return true;
    // Most histories need far fewer steps; from then on it is worth its price not to go the same way twice.
    if (++steps_ > 2000 && !tried_.insert(mixed(left)(before.fingerprint())).second) return false;
    int first_end = event::never;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      if ((left >> i & 1) != 0) first_end = std::min(first_end, events_[i].end);
    }
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const event& next = events_[i];
      if ((left >> i & 1) == 0 || next.begin > first_end) continue;
      reference_run after = before;
      if (!after.accepts(next)) continue;
      if (from(left & ~(event_set{1} << i), after)) return true;
    }
    return false;
  }

 private:
  const history& events_;
  std::uint64_t steps_ = 0;
  std::unordered_set<std::uint64_t> tried_;
};

}  // namespace

bool is_linearizable(const history& events) {
  if (events.size() > most_events) return false;  // no scenario is so long
  return search(events).from((event_set{1} << events.size()) - 1, reference_run());
}

std::uint64_t fingerprint(const history& events) {
  mixed hash(0xcbf29ce484222325);
  for (const event& e : events) {
    hash(e.what)(e.key)(e.value)(e.waiter)(e.fiber)(e.group)(e.result)(e.begin)(e.end);
  }
  return hash;
}

}  // namespace model
