#include "reference_map.hpp"

#include <algorithm>
#include <utility>

namespace model {
namespace {

// insert_outcome, in its order.
enum : int { inserted, assigned, present, handed_off, delivered, no_waiter, closed };

// What a waiter gets of a value, which a function may change.
int meet(action kind, int key, int& value) {
  if (kind == action::wait_throwing) return outcome::error;
  if (kind == action::wait_modify) value += 100;
  return waits_for_any(kind) ? reference_map::encode_any(value, key) : value;
}

}  // namespace

int reference_map::apply(const event& e) {
  if (e.key == event::every_key) {
    event part = e;
    for (part.key = 0; part.key < keys; ++part.key) apply(part);
    return no_result;
  }
  ++now_;
  waiter nobody;
  const bool concerns_claim = e.what >= action::claim && e.what <= action::drop_claim;
  waiter& who =
      e.waiter < 0 || concerns_claim ? nobody : waiters_[static_cast<std::size_t>(e.waiter)];
  return apply_to(places_[static_cast<std::size_t>(e.key)], who, e);
}

int reference_map::apply_to(place& here, waiter& who, const event& e) {
  switch (e.what) {
    case action::insert:
    case action::insert_or_assign:
    case action::deliver:
      return arrive(here, e);
    case action::update: {
      const int did = arrive(here, e) / 16;
      return did == inserted || did == handed_off;
    }
    case action::exchange: {
      const int old = here.value;
      return arrive(here, e) / 16 == closed ? absent : old;
    }
    case action::erase:
      return std::exchange(here.value, absent) != absent;
    case action::extract:
      return std::exchange(here.value, absent);
    case action::clear:
      here.value = absent;
      return no_result;
    case action::get:
      return here.value;
    case action::contains:
      return here.value != absent;
    case action::waiting: {
      int count = 0;
      for_each_linked(e.key, [&](waiter&) { ++count; });
      return count;
    }
    case action::cancel:
      return end_waits(e, outcome::cancelled);
    case action::fail:
      return end_waits(e, outcome::error);
    // Parts of an operation on all keys, which locks one shard at a time; a total follows them.
    case action::cancel_all:
      totals_[static_cast<std::size_t>(e.group)] += end_waits(e, outcome::cancelled);
      return no_result;
    case action::close:
    case action::destroy_map:
      here.closed = true;
      totals_[static_cast<std::size_t>(e.group)] += end_waits(e, outcome::closed);
      return no_result;
    case action::total:
      return totals_[static_cast<std::size_t>(e.group)];
    case action::claim: {
      const bool claimed = !here.closed && here.value == absent && here.claim == absent;
      if (claimed) here.claim = e.waiter;
      return claimed;
    }
    case action::fulfil:
      return fulfil(here, e);
    case action::break_claim:
    case action::drop_claim:
      if (here.claim != e.waiter) return 0;
      here.claim = absent;
      return end_waits(e, e.what == action::drop_claim ? outcome::abandoned : outcome::error);
    case action::stop:
      if (e.result == 0)
        return 0;  // not the first request, which may be in progress: promises nothing
      who.stopped = true;
      if (who.is == state::linked && has_registered(who)) decide(who, e, outcome::stopped);
      return 1;
    case action::time_out:
      if (who.is == state::linked) decide(who, e, outcome::stopped);
      return no_result;
    case action::destroy:
      who.is = state::done;
      return no_result;
    case action::registered:
      return end_registration(who, e);
    case action::observe:
      return is_right(who, e);
    case action::pending: {
      // Two waiters that stand side by side are one wait for all keys.
      const bool other_linked = who.kind == action::wait_all && (&who + 1)->is == state::linked;
      return who.is == state::linked || other_linked;
    }
    case action::after:
    case action::run_posted:
      return no_result;
    default:
      return begin_wait(here, who, e);
  }
}

// Of a wait for any of several keys this is one part: whether it comes in the order of the keys.
int reference_map::begin_wait(place& here, waiter& who, const event& e) {
  who.kind = e.what;
  const bool any = waits_for_any(e.what);
  const bool single = !waits_for_all_keys(e.what);
  const bool in_order = !any || who.looked_at == e.key;
  ++who.looked_at;
  if (who.is == state::ready || who.is == state::done) return in_order;  // by another of its keys
  if (here.value != absent) {
    const int result = meet(e.what, e.key, here.value);
    if (takes(e.what)) here.value = absent;
    decide_at_once(who, e, result);
  } else if (any && here.closed) {
    who.saw_closed = true;
  } else if (here.closed || (who.stopped && single)) {
    decide_at_once(who, e, here.closed ? outcome::closed : outcome::stopped);
  } else if (e.what == action::wait_claimed && here.claim == absent) {
    decide_at_once(who, e, outcome::abandoned);
  } else {
    who.is = state::linked;
    who.linked_at[static_cast<std::size_t>(e.key)] = now_;
  }
  return in_order;
}

// A wait for several keys, or one part of a wait for all, sees whether it is to stop.
int reference_map::end_registration(waiter& who, const event& e) {
  if (who.looked_at != (waits_for_any(who.kind) ? keys : 1)) return 0;
  // The two parts of a wait for all stand side by side: both have looked.
  if (who.kind == action::wait_all && (&who + (e.key == 0 ? 1 : -1))->looked_at == 0) return 0;
  ++who.looked_at;
  if (who.is == state::idle || who.is == state::linked) {
    if (who.saw_closed || who.stopped)
      decide_at_once(who, e, who.saw_closed ? outcome::closed : outcome::stopped);
  }
  return 1;
}

// All observers get the value, in the order in which they registered, then the oldest taker.
int reference_map::arrive(place& here, const event& e) {
  if (here.closed) return encode(closed, 0);
  const bool delivers = e.what == action::deliver;
  if (here.value != absent) {
    if (delivers) return encode(no_waiter, 0);
    if (e.what != action::insert_or_assign && e.what != action::exchange) return encode(present, 0);
    here.value = e.value;
    return encode(assigned, 0);
  }
  int value = e.value;
  int resumed = 0;
  waiter* taker = nullptr;
  for_each_linked(e.key, [&](waiter& each) {
    if (!takes(each.kind)) {
      decide(each, e, meet(each.kind, e.key, value));
      ++resumed;
    } else if (taker == nullptr) {
      taker = &each;
    }
  });
  if (taker != nullptr) {
    decide(*taker, e, meet(taker->kind, e.key, value));
    ++resumed;
  }
  if (delivers) return encode(resumed == 0 ? no_waiter : delivered, resumed);
  here.claim = absent;
  if (taker == nullptr) here.value = value;
  return encode(taker != nullptr ? handed_off : inserted, resumed);
}

int reference_map::fulfil(place& here, const event& e) {
  if (here.claim != e.waiter) return encode(present, 0);
  const int did = arrive(here, e);
  here.claim = absent;
  return did;
}

int reference_map::end_waits(const event& e, int result) {
  int ended = 0;
  for_each_linked(e.key, [&](waiter& each) {
    decide(each, e, result);
    ++ended;
  });
  return ended;
}

// In the order of registration.
template <class Function>
void reference_map::for_each_linked(int key, Function function) {
  const auto since = [key](const waiter& each) {
    return each.linked_at[static_cast<std::size_t>(key)];
  };
  int last = 0;
  for (;;) {
    waiter* next = nullptr;
    for (waiter& each : waiters_) {
      if (each.is == state::linked && since(each) > last &&
          (next == nullptr || since(each) < since(*next))) {
        next = &each;
      }
    }
    if (next == nullptr) return;
    last = since(*next);
    function(*next);
  }
}

void reference_map::decide(waiter& who, const event& by, int result) {
  who.is = state::ready;
  who.key = by.key;
  who.result = result;
  who.decided_by = by.fiber;
  who.decided_in = by.begin;
  who.decided_at = now_;
}

// By its own registration: it does not sleep.
void reference_map::decide_at_once(waiter& who, const event& by, int result) {
  decide(who, by, result);
  who.decided_by = -1;
}

// A waiter that was decided has been resumed, with the result it should have, by whom it should be, and
// after all that should be resumed before it.
bool reference_map::is_right(waiter& who, const event& observed) {
  if (who.is != state::ready) return false;
  const bool without_value = who.result <= outcome::cancelled && who.result >= outcome::abandoned;
  if (observed.result != who.result && !(observed.result == outcome::nothing && without_value))
    return false;
  who.is = state::done;
  if (who.decided_by < 0 || observed.fiber < 0) return true;
  if (who.decided_by != observed.fiber) return false;
  return std::ranges::none_of(waiters_, [&](const waiter& each) {
    return each.is == state::ready && each.decided_by == who.decided_by && !subscribes(each.kind) &&
           !blocks(each.kind) && !waits_for_all_keys(each.kind) && comes_before(each, who);
  });
}

// Of two that one fiber has decided: by an earlier operation, or, of one key, registered earlier.
bool reference_map::comes_before(const waiter& left, const waiter& right) {
  if (left.decided_in != right.decided_in) return left.decided_at < right.decided_at;
  const auto key = static_cast<std::size_t>(left.key);
  return left.key == right.key && left.linked_at[key] < right.linked_at[key];
}

}  // namespace model
