// What a value or an end does to the waiters of one key: a list, without a map, a shard or a lock.
#include <cstddef>
#include <deque>
#include <source_location>
#include <stdexcept>
#include <vector>

#include <wait_map/detail/claim_node.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/ending.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/stored.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/detail/waiter_list.hpp>
#include <wait_map/policy.hpp>

#include "support/catch.hpp"

namespace list_of_waiters_test {

using namespace waitmap::detail;
using policy = waitmap::default_policy;
using group_type = wait_group<policy>;

// Throws when its fourth copy is made.
struct fragile {
  explicit fragile(int from) : number(from) {}
  fragile(const fragile& from) : number(from.number) {
    if (++copies == 4) throw std::runtime_error("the fourth copy");
  }
  fragile(fragile&& from) noexcept : number(from.number) {}
  int number;
  static inline int copies = 0;
};

// A list as a slot keeps it, and the waiters of it.
template <class Value>
struct key {
  using ending = waitmap::detail::ending<Value, policy>;
  using waiting = value_waiter<Value, policy>;

  waiting& add(waiter_kind kind, group_type* group = nullptr) {
    const auto role = group == nullptr ? waiter_role::single : waiter_role::member;
    waiting& added = waiters.emplace_back(std::source_location::current(), kind, role);
    if (group != nullptr) added.group = group;
    added.set(waiter_state::linked);
    if (list.empty()) {
      list = waiter_list(added);
    } else {
      list.push_back(added);
    }
    return added;
  }
  handed_out hand_out(int number) {
    stored<Value> value = make_stored<Value>(number);
    return ending::hand_out(list, value, ready);
  }
  ended_waits cancel() {
    return ending::end_waits(
        list, [](waiter<policy>& each) noexcept { each.end = wait_end::cancelled; }, ready);
  }
  // Takes all that are ready.
  std::vector<waiter_node*> resumed() {
    std::vector<waiter_node*> all;
    while (!ready.empty()) all.push_back(&ready.pop_front());
    return all;
  }
  // Whether all are ready in their order.
  bool all_are_ready() {
    const std::vector<waiter_node*> in_order = resumed();
    if (in_order.size() != waiters.size()) return false;
    std::size_t n = 0;
    for (waiting& each : waiters) {
      if (in_order[n++] != &each || each.state() != waiter_state::ready) return false;
    }
    return true;
  }

  std::deque<waiting> waiters;
  waiter_list list;
  ready_list ready;
};

void no_settling(group_type&, ready_list&) noexcept {}

TEST_CASE("plain observers of a list of each length get copies and are ready in order",
          "[3.3][3.4]") {
  for (std::size_t length = 1; length != 20; ++length) {
    key<int> one;
    for (std::size_t n = 0; n != length; ++n) one.add(waiter_kind::observer);
    const handed_out all = one.hand_out(7);
    CHECK(all.ended == length);
    CHECK(all.left == length);
    CHECK_FALSE(all.taken);
    CHECK(one.list.empty());
    CHECK(one.all_are_ready());
    for (auto& each : one.waiters) CHECK((each.end == wait_end::value && each.value() == 7));
  }
}

TEST_CASE("plain observers of a list of each length are cancelled and are ready in order",
          "[3.2][3.4]") {
  for (std::size_t length = 1; length != 20; ++length) {
    key<int> one;
    for (std::size_t n = 0; n != length; ++n) one.add(waiter_kind::observer);
    const ended_waits all = one.cancel();
    CHECK(all.ended == length);
    CHECK(all.left == length);
    CHECK(one.list.empty());
    CHECK(one.all_are_ready());
    for (auto& each : one.waiters) CHECK(each.end == wait_end::cancelled);
  }
}

TEST_CASE("a copy that throws fails the waiter for which it was made", "[3.9]") {
  fragile::copies = 0;
  key<fragile> one;
  for (int n = 0; n != 6; ++n) one.add(waiter_kind::observer);
  CHECK(one.hand_out(7).ended == 6);
  CHECK(one.all_are_ready());
  for (std::size_t n = 0; n != 6; ++n) {
    CHECK(one.waiters[n].end == (n == 3 ? wait_end::failed : wait_end::value));
  }
}

TEST_CASE("of takers only the oldest leaves the list, with the value", "[3.5]") {
  key<int> one;
  for (int n = 0; n != 3; ++n) one.add(waiter_kind::taker);
  const handed_out all = one.hand_out(7);
  CHECK(all.ended == 1);
  CHECK(all.left == 1);
  CHECK(all.taken);
  CHECK(one.waiters[0].value() == 7);
  CHECK(one.list.front() == &one.waiters[1]);
  CHECK(one.list.waiting() == 2);
  CHECK(one.resumed() == std::vector<waiter_node*>{&one.waiters[0]});
  CHECK(one.cancel().left == 2);
}

TEST_CASE("an observer behind a taker has the value, and the taker has it, too", "[3.5]") {
  key<int> one;
  one.add(waiter_kind::taker);
  one.add(waiter_kind::observer);
  one.add(waiter_kind::taker);
  const handed_out all = one.hand_out(7);
  CHECK(all.ended == 2);
  CHECK(all.left == 2);
  CHECK(all.taken);
  CHECK(one.waiters[0].value() == 7);
  CHECK(one.waiters[1].value() == 7);
  CHECK(one.list.front() == &one.waiters[2]);
  CHECK(one.cancel().left == 1);
}

TEST_CASE("a member that has lost leaves the list and is not counted among the ended", "[3.2]") {
  key<int> one;
  group_type lost(group_type::rule::first, 2, &no_settling);
  group_type wins(group_type::rule::first, 2, &no_settling);
  value_waiter<int, policy> other(std::source_location::current(), waiter_kind::observer,
                                  waiter_role::member);
  REQUIRE(lost.wins(other));
  auto& loser = one.add(waiter_kind::taker, &lost);
  auto& winner = one.add(waiter_kind::taker, &wins);
  one.add(waiter_kind::taker);

  const handed_out all = one.hand_out(7);
  CHECK(all.ended == 1);
  CHECK(all.left == 2);
  CHECK(all.taken);
  CHECK(loser.end == wait_end::lost);
  CHECK(loser.state() == waiter_state::done);
  CHECK(winner.value() == 7);
  CHECK(wins.winner() == &winner);
  CHECK(one.list.waiting() == 1);
  CHECK(one.ready.empty());  // the coroutine of the group has not left yet
  CHECK(one.cancel().left == 1);
}

TEST_CASE("a claim stays in its list while the waits behind it end, and is not counted",
          "[3.2][4.1]") {
  for (const waiter_kind kind : {waiter_kind::observer, waiter_kind::taker}) {
    key<int> one;
    claim_node<policy> claim(std::source_location::current());
    claim.set(waiter_state::linked);
    one.add(kind);
    one.list.push_front(claim);
    const ended_waits all = one.cancel();
    CHECK(all.ended == 1);
    CHECK(all.left == 1);
    CHECK(one.list.front() == &claim);
    CHECK(one.list.oldest() == nullptr);
    CHECK(claim.state() == waiter_state::linked);
    CHECK(one.all_are_ready());
  }
}

TEST_CASE("a claim whose end is decided leaves with those whom the value is for", "[4.1]") {
  for (const waiter_kind kind : {waiter_kind::observer, waiter_kind::taker}) {
    key<int> one;
    claim_node<policy> claim(std::source_location::current());
    claim.set(waiter_state::linked);
    one.add(kind);
    one.list.push_front(claim);
    claim.end = wait_end::value;
    const handed_out all = one.hand_out(7);
    CHECK(all.ended == 1);
    CHECK(all.left == 1);
    CHECK(all.taken == (kind == waiter_kind::taker));
    CHECK(one.list.empty());
    CHECK(claim.state() == waiter_state::done);
    CHECK(one.all_are_ready());
  }
}

TEST_CASE("a subscription that nobody awaits is done, and not resumed", "[3.10]") {
  value_waiter<int, policy> alone(std::source_location::current(), waiter_kind::observer,
                                  waiter_role::subscribed);
  alone.set(waiter_state::linked);
  key<int> one;
  one.list = waiter_list(alone);
  CHECK(one.hand_out(7).left == 1);
  CHECK(one.ready.empty());
  CHECK(alone.state() == waiter_state::done);
  CHECK(alone.value() == 7);
}

}  // namespace list_of_waiters_test
