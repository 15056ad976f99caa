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
    int claim = absent;       // its number
    bool asked = false;       // of this claim: whether it is unwanted
    bool told = false;        // likewise: that it is
    bool left_alone = false;  // likewise: the last waiter has left, once
    bool closed = false;
    std::vector<waiter> waiters{};  // the oldest first

    void take_claim(int number) {
      claim = number;
      asked = told = left_alone = false;
    }
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
    if (follows(e.what) && here.claim == absent) {
      here.take_claim(claims_of_waits + e.waiter);
      return outcome::claimed;
    }
    here.waiters.push_back({e.waiter, e.what});
    return outcome::undecided;
  }

  // A waiter leaves, wherever it waits: stopped, too late, destroyed, or because its wait has ended.
  void leave(int number) {
    const auto leaves = [&](const waiter& each) { return each.number == number; };
    for (slot& each : slots_) {
      const bool left = std::erase_if(each.waiters, leaves) != 0;
      if (!left || !each.waiters.empty() || each.claim == absent) continue;
      each.left_alone = true;
      each.told = each.told || each.asked;
    }
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
    if (is(erase)) return std::exchange(here.value, absent) != absent;
    if (is(invalidate, clear)) return std::exchange(here.value, absent) != absent || revoke(here);
    if (is(extract)) return std::exchange(here.value, absent);
    if (is(insert, insert_or_assign, deliver)) return arrive(here, e);
    if (is(update)) return arrive(here, e) / 16 != insert_outcome::present && !here.closed;
    if (is(exchange)) return arrive(here, e) / 16 == insert_outcome::closed ? absent : old;
    if (is(cancel, cancel_all)) return end_waits(here, outcome::cancelled);
    if (is(fail)) return end_waits(here, outcome::error);
    if (is(close, destroy_map)) here.closed = true;
    if (is(close, destroy_map)) return end_waits(here, outcome::closed);
    const bool absent_and_free = !here.closed && here.value == absent && here.claim == absent;
    if (is(claim) && absent_and_free) here.take_claim(e.waiter);
    if (is(claim)) return absent_and_free;
    const bool holds = here.claim == e.waiter;
    if (is(unwanted)) {
      if (!holds) return true;
      here.asked = true;
      here.told = here.told || (here.left_alone && here.waiters.empty());
      return here.told;
    }
    // A claim that was overtaken finds a value, or whatever came after it.
    if (!holds && is(fulfil))
      return encode((revoked_ >> e.waiter & 1) ? insert_outcome::revoked : insert_outcome::present,
                    0);
    if (!holds) return 0;
    if (is(drop_claim)) return let_go_of_claim(here);
    here.claim = absent;
    return is(fulfil) ? arrive(here, e) : end_waits(here, outcome::error);
  }

  // The waits that the last apply() has ended.
  struct ending {
    int waiter;
    int result;
  };
  const auto& ended() const { return ended_; }

  // Of all that it knows.
  std::uint64_t fingerprint() const {
    mixed hash(revoked_);
    for (const slot& each : slots_) {
      hash(each.value)(each.claim)(each.closed)(each.waiters.size());
      hash(each.asked)(each.told)(each.left_alone);
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

  // To the oldest who follows; else all are abandoned.
  int let_go_of_claim(slot& here) {
    here.claim = absent;
    for (const waiter& each : here.waiters) {
      if (!follows(each.kind)) continue;
      ended_.push_back({each.number, outcome::claimed});
      let_go();
      here.take_claim(claims_of_waits + ended_[0].waiter);
      return 1;
    }
    return end_waits(here, outcome::abandoned);
  }
  bool revoke(slot& here) {
    if (here.claim == absent) return false;
    revoked_ |= 1u << here.claim;
    let_go_of_claim(here);
    return true;
  }

  int let_go() {
    for (const ending& each : ended_) leave(each.waiter);
    return static_cast<int>(ended_.size());
  }

  std::array<slot, keys> slots_{};
  unsigned revoked_ = 0;  // a bit for each claim
  std::vector<ending> ended_;
};

}  // namespace model
