#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <unordered_set>
#include <vector>

#include "stress/history.hpp"
#include "support/reference_key.hpp"

namespace stress {
namespace {

using support::reference_key;
using support::wants;
namespace outcome = support::outcome;

struct state {
  reference_key key;
  std::vector<int> stopped;  // before they began to wait
};

// An operation that may come next: what it makes of the state, and the events that are then done: itself, and
// the resumptions that follow.
struct next {
  state after;
  std::vector<std::size_t> done;
};

// Wing and Gong's search, with Lowe's memory of the places where it has been. The resumption of a waiter is
// not searched for: it follows at once on the operation that decides the outcome, which so must come before
// whatever began after the waiter was seen to be resumed.
class search {
 public:
  explicit search(history& events) : events_(events), done_(events.size(), false) {
    std::sort(events_.begin(), events_.end(),
              [](const event& left, const event& right) { return left.begin < right.begin; });
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const event& each = events_[i];
      if (each.what == action::wait || each.what == action::take) {
        ends_[each.waiter] = each.number;
        beginnings_[each.waiter] = i;
      }
      if (each.what == action::resumed) resumptions_[each.waiter] = i;
    }
    for (const event& each : events_) {
      if (each.what != action::stop && each.what != action::destroy) continue;
      const auto how = ends_.find(each.waiter);
      if (how != ends_.end() && !is_value(how->second) && how->second != outcome::error)
        leavers_.insert(each.waiter);
    }
  }

  verdict run() {
    if (go_on(0, state{})) return verdict::linearizable;
    return steps_ < most_steps ? verdict::impossible : verdict::undecided;
  }

 private:
  static constexpr int most_steps = 1'000'000;

  bool go_on(std::size_t first, const state& before) {
    if (++steps_ >= most_steps) return false;
    while (first < events_.size() && done_[first]) ++first;
    if (first == events_.size()) return true;

    // Whatever began before all that are left had ended may be next.
    std::uint64_t first_end = event::never;
    std::size_t behind = first;
    for (; behind < events_.size() && events_[behind].begin <= first_end; ++behind) {
      if (!done_[behind]) first_end = std::min(first_end, events_[behind].end);
    }
    if (!been_here_.insert(place(first, behind, before)).second) return false;

    std::vector<next> possible;
    for (std::size_t i = first; i < behind; ++i) {
      if (done_[i] || events_[i].begin > first_end || events_[i].what == action::resumed) continue;
      next one{before, {i}};
      if (!apply(events_[i], one.after, one.done)) continue;
      if (!can_end_so(one.after.key)) continue;
      if (one.done.size() == 1 && fingerprint(one.after) == fingerprint(before)) {
        // It changes nothing: wherever an order has it later, it can as well be here.
        return go_on_with(first, one);
      }
      possible.push_back(std::move(one));
    }
    // Whoever ended first, most often was first.
    std::sort(possible.begin(), possible.end(), [this](const next& left, const next& right) {
      return events_[left.done.front()].end < events_[right.done.front()].end;
    });
    return std::any_of(possible.begin(), possible.end(),
                       [&](const next& one) { return go_on_with(first, one); });
  }

  static bool is_value(int how) { return how >= 0; }

  // Whether those who wait can still end as they were seen to end. All but the ones that leave by themselves
  // have their next end in common: either a value, which all observers get and the oldest taker, or none,
  // for all.
  bool can_end_so(const reference_key& key) const {
    std::optional<int> observers, oldest, takers;
    bool right = true;
    key.for_each_waiting([&](int waiter, wants what) {
      if (leavers_.contains(waiter)) return;
      const int how = ends_.at(waiter);
      if (what == wants::copy) {
        right = right && observers.value_or(how) == how;
        observers = how;
      } else {
        // Behind a taker that gets no value none gets one.
        right = right && (!takers || is_value(*takers) || *takers == how);
        if (!takers) oldest = how;
        takers = how;
      }
    });
    if (!right || !observers || !takers) return right;
    return is_value(*observers) ? *oldest == *observers : oldest == takers && takers == observers;
  }

  bool go_on_with(std::size_t first, const next& one) {
    for (const std::size_t each : one.done) done_[each] = true;
    if (go_on(first, one.after)) return true;
    for (const std::size_t each : one.done) done_[each] = false;
    return false;
  }

  std::size_t fingerprint(const state& here) const {
    std::size_t print = here.key.fingerprint([this](int waiter, wants what) {
      return what == wants::value && (is_value(ends_.at(waiter)) || leavers_.contains(waiter));
    });
    for (const int each : here.stopped)
      print += static_cast<std::size_t>(each + 7) * 0x2545F4914F6CDD1Du;
    return print;
  }

  std::size_t place(std::size_t first, std::size_t behind, const state& here) const {
    std::size_t print = fingerprint(here) ^ first * 0x9E3779B97F4A7C15u;
    for (std::size_t i = first; i < behind; ++i) {
      if (done_[i]) print = (print ^ i) * 0xBF58476D1CE4E5B9u ^ print >> 31;
    }
    return print;
  }

  // Returns whether the reference does what was seen, and which resumptions follow.
  bool apply(const event& seen, state& on, std::vector<std::size_t>& resumed) const {
    bool right = true;
    const auto decide = [&](int waiter, int how) {
      right = right && ends_.at(waiter) == how;
      if (const auto at = resumptions_.find(waiter); at != resumptions_.end()) {
        resumed.push_back(at->second);
      }
    };
    reference_key& key = on.key;
    switch (seen.what) {
      case action::wait:
      case action::take:
        key.wait(seen.waiter, seen.what == action::wait ? wants::copy : wants::value,
                 std::erase(on.stopped, seen.waiter) != 0, decide);
        return right;
      case action::insert:
        return key.insert(seen.value, decide) == seen.result && right;
      case action::insert_or_assign: {
        int replaced = reference_key::absent;
        return key.assign(seen.value, decide, replaced) == seen.result && right;
      }
      case action::exchange: {
        int replaced = reference_key::absent;
        key.assign(seen.value, decide, replaced);
        return replaced == seen.number && right;
      }
      case action::deliver:
        return key.deliver(seen.value, decide) == seen.result && right;
      case action::erase:
        return (key.extract() != reference_key::absent) == (seen.number == 1);
      case action::extract:
        return key.extract() == seen.number;
      case action::get:
        return key.get() == seen.number;
      case action::waiting:
        return key.waiting() == static_cast<std::size_t>(seen.number);
      case action::cancel:
        return key.end_waits(outcome::nothing, decide) == static_cast<std::size_t>(seen.number) &&
               right;
      case action::fail:
        return key.end_waits(outcome::error, decide) == static_cast<std::size_t>(seen.number) &&
               right;
      case action::stop:
        if (!done_[beginnings_.at(seen.waiter)]) on.stopped.push_back(seen.waiter);
        if (key.leave(seen.waiter)) decide(seen.waiter, outcome::nothing);
        return right;
      case action::destroy:
        return key.leave(seen.waiter);
      case action::claim:
        return key.claim(seen.waiter) == (seen.number == 1);
      case action::fulfil:
        return key.fulfil(seen.waiter, seen.value, decide) == seen.result && right;
      case action::drop:
        key.drop(seen.waiter, decide);
        return right;
      case action::close:
        key.close(decide);
        return right;
      case action::resumed:
        break;
    }
    return false;
  }

  history& events_;
  int steps_ = 0;
  std::vector<bool> done_;
  std::map<int, int> ends_;  // how each wait ended
  std::map<int, std::size_t> beginnings_;
  std::map<int, std::size_t> resumptions_;
  std::set<int> leavers_;  // who leave by themselves, without a value
  std::unordered_set<std::size_t> been_here_;
};

}  // namespace

verdict judge(history& events) { return search(events).run(); }

std::string describe(const history& events) {
  std::ostringstream text;
  for (const event& each : events) {
    text << "  " << each.begin << ".." << each.end << " thread " << each.thread << ": "
         << names[static_cast<std::size_t>(each.what)];
    if (each.waiter >= 0) text << " #" << each.waiter;
    if (each.value != 0) text << " given " << each.value;
    text << " -> " << each.number << ", outcome " << static_cast<int>(each.result.outcome)
         << ", resumed " << each.result.resumed << "\n";
  }
  return text.str();
}

}  // namespace stress
