#include "reference.hpp"

#include <algorithm>
#include <utility>

namespace fuzz {

using waitmap::insert_outcome;
using waitmap::insert_result;
using waitmap::wait_status;

bool operator==(const outcome& left, const outcome& right) {
  using enum wait_status;
  const auto told = [&](const ending& each) {
    const bool told_why = left.tells_why || each.status == value || each.status == failed;
    return told_why ? each : ending{};
  };
  // A wait for any of several keys that fails throws, and does not say which key it was.
  const bool throws = left.endings.size() == 1 && left.endings[0].status == failed;
  return left.tells_why == right.tells_why && (throws || left.first == right.first) &&
         std::ranges::equal(left.endings, right.endings, {}, told, told);
}

// --- values --------------------------------------------------------------------------------------

std::size_t reference::size() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(places_, [](const place& each) { return each.value.has_value(); }));
}

std::size_t reference::slots() const {
  return static_cast<std::size_t>(std::ranges::count_if(places_, [](const place& each) {
    return each.value.has_value() || each.claim.has_value() || !each.waiters.empty();
  }));
}

insert_result reference::insert(int key, int value) {
  if (closed_) return {insert_outcome::closed};
  if (at(key).value) return {insert_outcome::present};
  return arrive(at(key), value);
}

insert_result reference::assign(int key, int value) {
  if (closed_) return {insert_outcome::closed};
  if (!at(key).value) return arrive(at(key), value);
  at(key).value = value;
  return {insert_outcome::assigned};
}

std::optional<int> reference::exchange(int key, int value) {
  if (closed_) return std::nullopt;
  const std::optional<int> old = at(key).value;
  assign(key, value);
  return old;
}

insert_result reference::deliver(int key, int value) {
  if (closed_) return {insert_outcome::closed};
  if (at(key).value) return {insert_outcome::no_waiter};
  const std::size_t ended = hand_out(at(key), value).ended;
  return {ended == 0 ? insert_outcome::no_waiter : insert_outcome::delivered, ended};
}

int reference::update(int key, const entry_plan& plan) {
  std::optional<int> now = at(key).value;
  bool made = false;
  int did = 0;
  int value = plan.value;
  for (std::size_t i = 0; i < plan.steps.size(); ++i, ++value) {
    const entry_step step = plan.steps[i];
    const bool puts = (step == entry_step::emplace && !now) || step == entry_step::assign;
    if (puts && !closed_) {
      now = value;
      made = true;
      did |= 1 << i;
    } else if (step == entry_step::erase && now) {
      now.reset();
      made = false;
      did |= 1 << i;
    }
  }
  if (plan.throws_at_end) return update_threw;
  if (at(key).value) {
    at(key).value = now;
  } else if (made) {
    insert(key, *now);
  }
  return did;
}

std::optional<int> reference::extract(int key) {
  return std::exchange(at(key).value, std::nullopt);
}

bool reference::modify(int key) {
  if (at(key).value) *at(key).value += changed;
  return at(key).value.has_value();
}

bool reference::invalidate(int key) {
  if (extract(key)) return true;
  if (!at(key).claim) return false;
  claim_at(*at(key).claim).is = claim_state::revoked;
  pass_on(key);
  return true;
}

// Those of `these` are resumed in their order. Of others nobody is.
void reference::clear(const all_keys& these) {
  for (const int key : these) invalidate(key);
  for (int key = 0; key < keys; ++key) {
    if (std::ranges::find(these, key) == these.end()) invalidate(key);
  }
}

// --- waits ---------------------------------------------------------------------------------------

int reference::begin_wait(wait_kind kind, std::vector<int> keys_of_it, bool stopped) {
  const int number = static_cast<int>(waits_.size());
  waits_.push_back({.kind = kind,
                    .stopped = stopped,
                    .awaited = !subscribes(kind),
                    .keys = std::move(keys_of_it)});
  wait& made = waits_.back();
  made.parts.resize(made.keys.size());
  std::optional<std::size_t> found_closed;
  for (std::size_t part = 0; part < made.keys.size() && made.is == state::linked; ++part) {
    const bool ended_as_closed = !register_part({number, part});
    if (ended_as_closed && !found_closed) found_closed = part;
  }
  if (made.is == state::linked) {
    if (made.keys.empty()) {
      if (waits_for_any(kind)) made.result = {.first = outcome::no_key, .endings = {ending{}}};
      end_whole(number);
    } else if (found_closed) {
      decide({number, *found_closed}, {*closed_});
    } else if (stopped) {
      stop(number);
    }
  }
  made.registers = false;
  return number;
}

// False where the wait is for any of several keys and the map is closed: a key behind this one may have a
// value.
bool reference::register_part(const waiter& part) {
  wait& made = wait_of(part);
  place& here = at(made.keys[part.part]);
  if (here.value) {
    const ending how = meet(made.kind, *here.value);
    if (takes(made.kind)) here.value.reset();
    decide(part, how);
  } else if (closed_ && waits_for_any(made.kind)) {
    return false;
  } else if (closed_) {
    decide(part, {*closed_});
  } else if (made.kind == wait_kind::claim_or_wait && !here.claim && !made.stopped) {
    hold(claim_of_wait(part.wait), made.keys[part.part]);
    decide(part, {wait_status::claimed});
  } else {
    const int key = made.keys[part.part];
    note_whether_left(key);
    here.waiters.push_back(part);
    // A stop that was requested before ends a wait on one key before it is linked.
    if (here.claim && (!made.stopped || waits_for_several(made.kind)))
      claim_at(*here.claim).was_waited_for = true;
  }
  return true;
}

void reference::await_subscription(int number) {
  wait& it = waits_[index(number)];
  it.awaited = true;
  if (it.is == state::kept) it.is = state::at_once;
}

void reference::destroy(int number) {
  unlink_all(number);
  for (auto& each : ready_) std::erase(each, number);
  waits_[index(number)].is = state::over;
  if (kind_of(number) == wait_kind::claim_or_wait) let_go(claim_of_wait(number));
}

void reference::stop(int number) {
  wait& it = waits_[index(number)];
  it.stopped = true;
  if (it.is != state::linked) return;
  if (waits_for_any(it.kind)) {
    it.result = {.first = outcome::no_key, .endings = {ending{wait_status::stopped}}};
    unlink_all(number);
    end_whole(number);
    return;
  }
  for (std::size_t part = 0; part < it.keys.size(); ++part) {
    const waiter each{number, part};
    if (std::erase(at(it.keys[part]).waiters, each) != 0) decide(each, {wait_status::stopped});
  }
}

bool reference::tells_why(int number) const {
  const wait_kind kind = kind_of(number);
  return waits_for_several(kind) || kind == wait_kind::wait_result ||
         kind == wait_kind::claim_or_wait;
}

bool reference::is_suspended(int number) const {
  const wait& it = waits_[index(number)];
  return it.is == state::linked || it.is == state::ready || is_unawaited(number);
}

bool reference::is_unawaited(int number) const {
  const wait& it = waits_[index(number)];
  return it.is != state::over && !it.awaited;
}

std::size_t reference::waiting() const {
  std::size_t sum = 0;
  for (const place& each : places_) sum += each.waiters.size();
  return sum;
}

std::vector<int> reference::waits_on(int key) const {
  std::vector<int> numbers;
  for (const waiter& each : at(key).waiters) numbers.push_back(each.wait);
  return numbers;
}

std::optional<outcome> reference::resume(int number) {
  wait& it = waits_[index(number)];
  if (it.is == state::ready) {
    if (ready_.empty() || ready_.back().empty() || ready_.back().front() != number)
      return std::nullopt;
    ready_.back().pop_front();
  } else if (it.is != state::at_once) {
    return std::nullopt;
  }
  it.is = state::over;
  it.result.tells_why = tells_why(number);
  return it.result;
}

// What a waiter gets of a value, which it may change.
ending reference::meet(wait_kind kind, int& value) {
  if (kind == wait_kind::wait_throwing) return {wait_status::failed};
  if (kind == wait_kind::wait_with) return {wait_status::value, value + seen};
  if (kind == wait_kind::wait_modify) value += modified;
  return {wait_status::value, value};
}

void reference::unlink_all(int number) {
  for (place& each : places_)
    std::erase_if(each.waiters, [&](const waiter& one) { return one.wait == number; });
}

bool reference::is_linked(int key, const waiter& each) const {
  return std::ranges::find(at(key).waiters, each) != at(key).waiters.end();
}

// A waiter that is in no list any more has its end.
void reference::decide(const waiter& part, const ending& how) {
  wait& it = wait_of(part);
  it.parts[part.part] = how;
  if (waits_for_any(it.kind)) {
    unlink_all(part.wait);
    it.result = {.first = part.part, .endings = {how}};
    end_whole(part.wait);
  } else if (std::ranges::all_of(it.parts, [](const auto& each) { return each.has_value(); })) {
    for (const auto& each : it.parts) it.result.endings.push_back(*each);
    end_whole(part.wait);
  }
}

void reference::end_whole(int number) {
  wait& it = waits_[index(number)];
  if (!it.awaited) {
    it.is = state::kept;
  } else if (it.registers) {
    it.is = state::at_once;
  } else {
    it.is = state::ready;
    ready_.back().push_back(number);
  }
}

// --- ending waits --------------------------------------------------------------------------------

// All observers get the value, in the order in which they began to wait, then the oldest taker; they are
// resumed in that order whatever they are.
reference::handed_out reference::hand_out(place& here, int& value) {
  std::vector<std::pair<waiter, ending>> leaving;
  std::optional<std::size_t> taker;
  for (const waiter& each : here.waiters) {
    const wait_kind kind = wait_of(each).kind;
    const bool has_won =
        waits_for_any(kind) && std::ranges::any_of(leaving, [&](const auto& other) {
          return other.first.wait == each.wait;
        });
    if (has_won || (takes(kind) && taker)) continue;
    if (takes(kind)) taker = leaving.size();
    leaving.push_back({each, takes(kind) ? ending{} : meet(kind, value)});
  }
  if (taker) leaving[*taker].second = {wait_status::value, value};
  for (const auto& [each, how] : leaving) {
    std::erase(here.waiters, each);
    decide(each, how);
  }
  return {leaving.size(), taker.has_value()};
}

// A value that is accepted where there is none.
insert_result reference::arrive(place& here, int value) {
  if (here.claim) claim_at(*here.claim).is = claim_state::overtaken;
  here.claim.reset();
  const auto [ended, taken] = hand_out(here, value);
  if (taken) return {insert_outcome::handed_off, ended};
  here.value = value;
  return {insert_outcome::inserted, ended};
}

std::size_t reference::end_waits(int key, wait_status why) {
  std::size_t ended = 0;
  const std::vector<waiter> before = at(key).waiters;
  for (const waiter& each : before) {
    if (!is_linked(key, each)) continue;  // its wait for any of several keys has just ended
    std::erase(at(key).waiters, each);
    decide(each, {why});
    ++ended;
  }
  return ended;
}

std::size_t reference::end_waits(const all_keys& these, wait_status why) {
  std::size_t ended = 0;
  for (const int key : these) ended += end_waits(key, why);
  return ended;
}

std::size_t reference::close(const all_keys& these, wait_status why) {
  if (!closed_) closed_ = why;
  return end_waits(these, *closed_);
}

void reference::destroy_map(const all_keys& these) {
  for (claimed& each : claims_) {
    if (each.is == claim_state::held) each.is = claim_state::closed;
  }
  for (place& each : places_) each.claim.reset();
  close(these, wait_status::closed);
  clear({});
}

// --- claims --------------------------------------------------------------------------------------

bool reference::try_claim(int claim, int key) {
  if (closed_ || at(key).value || at(key).claim) return false;
  hold(claim, key);
  return true;
}

void reference::hold(int claim, int key) {
  at(key).claim = claim;
  claim_at(claim) = {claim_state::held, key, !at(key).waiters.empty()};
}

// Before somebody joins, or when it is asked.
void reference::note_whether_left(int key) {
  if (!at(key).claim || !at(key).waiters.empty()) return;
  claimed& it = claim_at(*at(key).claim);
  if (it.was_waited_for) it.was_left = true;
}

void reference::ask_unwanted(int claim) {
  claimed& it = claim_at(claim);
  if (it.is == claim_state::held && !at(it.key).waiters.empty()) it.was_left = false;
}

bool reference::is_unwanted(int claim) {
  const claimed& it = claim_at(claim);
  if (it.is == claim_state::held) note_whether_left(it.key);
  return it.is != claim_state::held || it.was_left;
}

// The claim of a key, whose holder has it no more, goes to the oldest follower, or ends.
void reference::pass_on(int key) {
  place& here = at(key);
  here.claim.reset();
  const auto next = std::ranges::find_if(here.waiters, [&](const waiter& each) {
    return wait_of(each).kind == wait_kind::claim_or_wait;
  });
  if (next == here.waiters.end()) {
    end_waits(key, wait_status::abandoned);
    return;
  }
  const waiter follower = *next;
  here.waiters.erase(next);
  hold(claim_of_wait(follower.wait), key);
  decide(follower, {wait_status::claimed});
}

insert_result reference::fulfil(int claim, int value) {
  const claimed before = std::exchange(claim_at(claim), {});
  if (before.is == claim_state::none || before.is == claim_state::overtaken)
    return {insert_outcome::present};
  if (before.is == claim_state::revoked) return {insert_outcome::revoked};
  if (before.is == claim_state::held) at(before.key).claim.reset();
  if (closed_) return {insert_outcome::closed};
  return arrive(at(before.key), value);
}

std::size_t reference::fail_claim(int claim) {
  const claimed before = std::exchange(claim_at(claim), {});
  if (before.is != claim_state::held) return 0;
  at(before.key).claim.reset();
  return end_waits(before.key, wait_status::failed);
}

void reference::let_go(int claim) {
  const claimed before = std::exchange(claim_at(claim), {});
  if (before.is == claim_state::held) pass_on(before.key);
}

// --- calls ---------------------------------------------------------------------------------------

void reference::begin_call() {
  if (nests_ || calls_ == 0) ready_.emplace_back();
  ++calls_;
}

bool reference::end_call() {
  --calls_;
  if (!nests_ && calls_ != 0) return true;
  const bool all_resumed = ready_.back().empty();
  ready_.pop_back();
  return all_resumed;
}

}  // namespace fuzz
