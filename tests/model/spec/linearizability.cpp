#include "linearizability.hpp"

#include <algorithm>

namespace model {
namespace {

using event_set = std::uint64_t;
constexpr std::size_t most_events = 63;

bool search(const history& events, event_set left, const reference_map& before) {
  if (left == 0) return true;
  int first_end = event::never;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if ((left >> i & 1) != 0) first_end = std::min(first_end, events[i].end);
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    const event& next = events[i];
    if ((left >> i & 1) == 0 || next.begin > first_end) continue;
    reference_map after = before;
    const int result = after.apply(next);
    const bool checked = next.what == action::observe || next.what == action::pending;
    if (checked ? result != 1 : next.result != no_result && result != next.result) continue;
    if (search(events, left & ~(event_set{1} << i), after)) return true;
  }
  return false;
}

}  // namespace

bool is_linearizable(const history& events) {
  if (events.size() > most_events) return false;  // no scenario is so long
  return search(events, (event_set{1} << events.size()) - 1, reference_map());
}

std::uint64_t fingerprint(const history& events) {
  std::uint64_t hash = 0xcbf29ce484222325;
  const auto mix = [&](int number) {
    hash = (hash ^ static_cast<std::uint32_t>(number)) * 0x9E3779B97F4A7C15u;
    hash ^= hash >> 29;
  };
  for (const event& e : events) {
    for (const int number : {static_cast<int>(e.what), e.key, e.value, e.waiter, e.fiber, e.group,
                             e.result, e.begin, e.end}) {
      mix(number);
    }
  }
  return hash;
}

}  // namespace model
