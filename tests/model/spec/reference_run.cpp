#include "reference_run.hpp"

#include <algorithm>

#include "mixed.hpp"

namespace model {

bool reference_run::accepts(const event& e) {
  if (e.key == event::every_key) {
    bool right = true;
    event part = e;
    for (part.key = 0; part.key < reference_map::keys; ++part.key) right = accepts(part) && right;
    return right;
  }
  ++now_;
  switch (e.what) {
    case action::stop:
      return stop(e);
    case action::stop_parent:
      return stop_parent(e);
    case action::move_begins:
      return move_begins(e);
    case action::moved:
      return moved(e);
    case action::awaited:
      return awaited(e);
    case action::time_out:
      if (waiter_of(e).is == state::linked) end_wait(e, outcome::stopped);
      return true;
    case action::destroy:
      map_.leave(e.waiter);
      if (waiter_of(e).is == state::ready && waiter_of(e).result == outcome::claimed) pass_on(e);
      waiter_of(e).is = state::done;
      return true;
    case action::registered:
      return end_registration(e);
    case action::observe:
      return observe(e);
    case action::pending:
      return is_pending(e);
    case action::total:
      return totals_[static_cast<std::size_t>(e.group)] == e.result;
    default:
      return begins_wait(e.what) ? begin_wait(e) : perform(e);
  }
}

// A waiter to which the claim has come is destroyed before it is resumed.
void reference_run::pass_on(const event& e) {
  event dropped = e;
  dropped.what = action::drop_claim;
  dropped.key = waiter_of(e).key;
  dropped.waiter = claims_of_waits + e.waiter;
  dropped.result = no_result;
  perform(dropped);
}

bool reference_run::perform(const event& e) {
  const int result = map_.apply(e);
  for (const auto& each : map_.ended()) {
    decide(waiters_[static_cast<std::size_t>(each.waiter)], e, each.result);
  }
  if (e.group >= 0) totals_[static_cast<std::size_t>(e.group)] += result;
  return e.result == no_result || e.result == result;
}

// Of a wait for several keys this is one part: whether it comes in the order of the keys.
bool reference_run::begin_wait(const event& e) {
  waiter& who = waiter_of(e);
  const bool any = waits_for_any(e.what);
  const bool in_order = !any || who.looked_at == e.key;
  who.kind = e.what;
  who.began_at[static_cast<std::size_t>(e.key)] = now_;
  ++who.looked_at;
  if (who.is == state::ready || who.is == state::done) return in_order;  // by another of its keys
  const bool parent_stopped = who.parent_stopped && !subscribes(e.what);
  int result = map_.begin_wait(e, (who.stopped || parent_stopped) && !waits_for_all_keys(e.what));
  if (result == outcome::stopped && parent_stopped) result = outcome::unwound;
  if (result == outcome::undecided) {
    who.is = state::linked;
  } else if (result == outcome::closed && any) {
    who.saw_closed = true;
  } else {
    end_at_once(e, result);
  }
  return in_order;
}

// A wait for several keys, or one part of a wait for all, sees whether it is to stop.
bool reference_run::end_registration(const event& e) {
  waiter& who = waiter_of(e);
  if (who.looked_at != (waits_for_any(who.kind) ? reference_map::keys : 1)) return false;
  // The two parts of a wait for all stand side by side: both have looked.
  if (waits_for_all(who.kind) && (&who + (e.key == 0 ? 1 : -1))->looked_at == 0) return false;
  ++who.looked_at;
  const bool undecided = who.is == state::idle || who.is == state::linked;
  if (undecided && who.saw_closed) {
    end_at_once(e, outcome::closed);
  } else if (undecided && who.parent_stopped && !subscribes(who.kind)) {
    end_at_once(e, outcome::unwound);
  } else if (undecided && who.stopped) {
    end_at_once(e, outcome::stopped);
  }
  return true;
}

// Before that, a stop is noted and ends nothing.
bool reference_run::has_registered(const waiter& who) {
  if (waits_for_any(who.kind)) return who.looked_at > reference_map::keys;
  return who.looked_at > (waits_for_all(who.kind) ? 1 : 0);
}

bool reference_run::stop(const event& e) {
  if (e.result == 0)
    return true;  // not the first request, which may be in progress: promises nothing
  waiter& who = waiter_of(e);
  who.stopped = true;
  if (who.is == state::linked && has_registered(who) && !who.is_moving) {
    end_wait(e, outcome::stopped);
  }
  return e.result == no_result || e.result == 1;
}

// A subscription does not know its coroutine before it is awaited.
bool reference_run::hears_parent(const waiter& who) {
  return has_registered(who) && (who.is_awaited || !subscribes(who.kind));
}

bool reference_run::stop_parent(const event& e) {
  if (e.result == 0) return true;  // as above
  waiter& who = waiter_of(e);
  who.parent_stopped = true;
  if (who.is == state::linked && hears_parent(who)) end_wait(e, outcome::unwound);
  return e.result == no_result || e.result == 1;
}

// While a subscription is moved a stop is noted, and ends it afterwards.
bool reference_run::move_begins(const event& e) {
  waiter& who = waiter_of(e);
  if (!has_registered(who)) return false;
  who.is_moving = true;
  return true;
}
bool reference_run::moved(const event& e) {
  waiter& who = waiter_of(e);
  if (!who.is_moving) return false;
  who.is_moving = false;
  if (who.is == state::linked && who.stopped) end_at_once(e, outcome::stopped);
  return true;
}

bool reference_run::awaited(const event& e) {
  waiter& who = waiter_of(e);
  if (!has_registered(who)) return false;
  who.is_awaited = true;
  if (who.is == state::linked && who.parent_stopped) end_at_once(e, outcome::unwound);
  return true;
}

void reference_run::end_wait(const event& by, int result) {
  map_.leave(by.waiter);
  decide(waiter_of(by), by, result);
}

// By its own registration: it does not sleep.
void reference_run::end_at_once(const event& by, int result) {
  end_wait(by, result);
  waiter_of(by).decided_by = -1;
}

void reference_run::decide(waiter& who, const event& by, int result) {
  who.is = state::ready;
  who.key = by.key;
  who.result = result;
  who.decided_by = by.fiber;
  who.decided_in = by.begin;
  who.decided_at = now_;
}

bool reference_run::is_pending(const event& e) {
  const waiter& who = waiter_of(e);
  // Two waiters that stand side by side are one wait for all keys.
  const bool other_linked = waits_for_all(who.kind) && (&who + 1)->is == state::linked;
  return who.is == state::linked || other_linked;
}

// Of a wait for all keys: by the end at one of them.
bool reference_run::is_unwound(const waiter& who) {
  if (who.result == outcome::unwound || !waits_for_all(who.kind)) {
    return who.result == outcome::unwound;
  }
  const bool is_second = who.began_at[1] != 0;
  return (&who + (is_second ? -1 : 1))->result == outcome::unwound;
}

// A waiter that was decided has been resumed, with the result it should have, by whom it should be, and
// after all that should be resumed before it.
bool reference_run::observe(const event& e) {
  waiter& who = waiter_of(e);
  if (who.is != state::ready) return false;
  const bool without_value = who.result <= outcome::cancelled && who.result >= outcome::abandoned;
  const bool unwound = is_unwound(who);
  if (unwound != (e.result == outcome::unwound)) return false;
  if (!unwound && e.result != who.result && !(e.result == outcome::nothing && without_value)) {
    return false;
  }
  who.is = state::done;
  if (who.decided_by < 0 || e.fiber < 0) return true;
  if (who.decided_by != e.fiber) return false;
  return std::ranges::none_of(waiters_, [&](const waiter& each) {
    return each.is == state::ready && each.decided_by == who.decided_by && !subscribes(each.kind) &&
           !blocks(each.kind) && !waits_for_all_keys(each.kind) && comes_before(each, who);
  });
}

// Of two that one fiber has decided: by an earlier operation, or, of one key, registered earlier.
bool reference_run::comes_before(const waiter& left, const waiter& right) {
  if (left.decided_in != right.decided_in) return left.decided_at < right.decided_at;
  const auto key = static_cast<std::size_t>(left.key);
  return left.key == right.key && left.began_at[key] < right.began_at[key];
}

// Of when something happened only the order matters, and nothing of it when a waiter is done.
std::uint64_t reference_run::fingerprint() const {
  const auto rank = [this](int when) {
    const auto is_earlier = [when](int other) { return other < when; };
    std::int64_t earlier = 0;
    for (const waiter& each : waiters_) {
      if (each.is == state::done) continue;
      earlier += std::ranges::count_if(each.began_at, is_earlier) + (each.decided_at < when);
    }
    return earlier;
  };
  mixed hash(map_.fingerprint());
  for (const waiter& each : waiters_) {
    hash(each.is)(each.kind)(each.stopped)(each.saw_closed)(each.looked_at);
    hash(each.parent_stopped)(each.is_moving)(each.is_awaited)(each.result == outcome::unwound);
    if (each.is == state::done) continue;
    hash(each.key)(each.decided_in)(each.decided_by)(each.result)(rank(each.decided_at));
    for (const int began : each.began_at) hash(rank(began));
  }
  for (const int total : totals_) hash(total);
  return hash;
}

}  // namespace model
