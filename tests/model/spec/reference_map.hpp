// reference_map: what a wait_map does, for one thread and without a thought for speed.
#pragma once

#include <array>
#include <utility>
#include <vector>

#include "history.hpp"
#include "mixed.hpp"

namespace model {

// Knows one key at a time and nothing of coroutines: whose wait has ended is for others to resume.
class reference_map {
  struct waiter {
    int number;
    action kind;
  };
  struct slot {
    int value = absent;
    int claim = absent;  // its number
    bool closed = false;
    std::vector<waiter> waiters{};  // the oldest first
  };

 public:
  static constexpr int keys = 2;
  static constexpr int most_waiters = 12;
  static constexpr int absent = -1;

  // A wait begins. Returns how it ends at once, or outcome::undecided.
  int begin_wait(const event& e, bool stop_requested) {
    slot& here = slot_of(e);
    if (here.value != absent) {
      const int result = meet(e.what, e.key, here.value);
      if (takes(e.what)) here.value = absent;
      return result;
    }
    if (here.closed) return outcome::closed;
    if (stop_requested) return outcome::stopped;
    if (e.what == action::wait_claimed && here.claim == absent) return outcome::abandoned;
    here.waiters.push_back({e.waiter, e.what});
    return outcome::undecided;
  }

  // A waiter leaves, wherever it waits: stopped, too late, destroyed, or because its wait has ended.
  void leave(int number) {
    const auto leaves = [&](const waiter& each) { return each.number == number; };
    for (slot& each : slots_) std::erase_if(each.waiters, leaves);
  }

  // Any other operation. Returns what it returns.
  int apply(const event& e) {
    using enum action;
    const auto is = [&](auto... any) { return ((e.what == any) || ...); };
    slot& here = slot_of(e);
    const int old = here.value;
    ended_.clear();
    if (is(get)) return here.value;
    if (is(contains)) return here.value != absent;
    if (is(waiting)) return static_cast<int>(here.waiters.size());
    if (is(erase, clear)) return std::exchange(here.value, absent) != absent;
    if (is(extract)) return std::exchange(here.value, absent);
    if (is(insert, insert_or_assign, deliver)) return arrive(here, e);
    if (is(update)) return arrive(here, e) / 16 != insert_outcome::present && !here.closed;
    if (is(exchange)) return arrive(here, e) / 16 == insert_outcome::closed ? absent : old;
    if (is(cancel, cancel_all)) return end_waits(here, outcome::cancelled);
    if (is(fail)) return end_waits(here, outcome::error);
    if (is(close, destroy_map)) here.closed = true;
    if (is(close, destroy_map)) return end_waits(here, outcome::closed);
    const bool absent_and_free = !here.closed && here.value == absent && here.claim == absent;
    if (is(claim) && absent_and_free) here.claim = e.waiter;
    if (is(claim)) return absent_and_free;
    // A claim that was overtaken finds a value, or whatever came after it.
    const bool overtaken = here.claim != e.waiter;
    if (overtaken) return is(fulfil) ? encode(insert_outcome::present, 0) : 0;
    here.claim = absent;
    if (is(fulfil)) return arrive(here, e);
    return end_waits(here, is(drop_claim) ? outcome::abandoned : outcome::error);
  }

  // The waits that the last apply() has ended.
  struct ending {
    int waiter;
    int result;
  };
  const auto& ended() const { return ended_; }

  // Of all that it knows.
  std::uint64_t fingerprint() const {
    mixed hash(0);
    for (const slot& each : slots_) {
      hash(each.value)(each.claim)(each.closed)(each.waiters.size());
      for (const waiter& who : each.waiters) hash(who.number)(who.kind);
    }
    return hash;
  }

 private:
  slot& slot_of(const event& e) { return slots_[static_cast<std::size_t>(e.key)]; }

  // What a waiter gets of a value, which its function may change.
  static int meet(action kind, int key, int& value) {
    if (kind == action::wait_throwing) return outcome::error;
    if (kind == action::wait_modify) value += 100;
    return waits_for_any(kind) ? encode_any(value, key) : value;
  }

  // All observers get the value, the oldest first, then the oldest taker.
  int arrive(slot& here, const event& e) {
    using namespace insert_outcome;
    const bool delivers = e.what == action::deliver;
    const bool replaces = e.what == action::insert_or_assign || e.what == action::exchange;
    if (here.closed) return encode(closed, 0);
    if (here.value != absent && replaces) here.value = e.value;
    if (here.value != absent)
      return encode(delivers ? no_waiter : replaces ? assigned : present, 0);
    int value = e.value;
    bool taken = false;
    for (const bool to_takers : {false, true}) {
      for (const waiter& each : here.waiters) {
        if (takes(each.kind) != to_takers || taken) continue;
        ended_.push_back({each.number, meet(each.kind, e.key, value)});
        taken = to_takers;
      }
    }
    const int resumed = let_go();
    if (delivers) return encode(resumed == 0 ? no_waiter : delivered, resumed);
    here.claim = absent;
    if (!taken) here.value = value;
    return encode(taken ? handed_off : inserted, resumed);
  }

  int end_waits(slot& here, int result) {
    for (const waiter& each : here.waiters) ended_.push_back({each.number, result});
    return let_go();
  }

  int let_go() {
    for (const ending& each : ended_) leave(each.waiter);
    return static_cast<int>(ended_.size());
  }

  std::array<slot, keys> slots_{};
  std::vector<ending> ended_;
};

}  // namespace model
