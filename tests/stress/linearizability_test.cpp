// The checker of histories finds what is wrong in them.
#include "stress/history.hpp"
#include "support/catch.hpp"

namespace linearizability_test {

using namespace stress;

constexpr int pending = -1, nothing = -2;
using waitmap::insert_outcome;

event wait(int id, int how, std::uint64_t begin, std::uint64_t end) {
  return {action::wait, 0, id, 0, how, {insert_outcome::inserted}, begin, end};
}
event take(int id, int how, std::uint64_t begin, std::uint64_t end) {
  return {action::take, 0, id, 0, how, {insert_outcome::inserted}, begin, end};
}
event hand_off(int value, std::size_t resumed, std::uint64_t begin) {
  return {action::insert, 1, -1, value, 0, {insert_outcome::handed_off, resumed}, begin, begin + 1};
}
event insert(int value, std::size_t resumed, std::uint64_t begin, std::uint64_t end) {
  return {action::insert, 1, -1, value, 0, {insert_outcome::inserted, resumed}, begin, end};
}
event cancel(int ended, std::uint64_t begin, std::uint64_t end) {
  return {action::cancel, 1, -1, 0, ended, {insert_outcome::inserted}, begin, end};
}
event erase(bool done, std::uint64_t begin, std::uint64_t end) {
  return {action::erase, 1, -1, 0, done, {insert_outcome::inserted}, begin, end};
}
bool passes(history events) { return judge(events) == verdict::linearizable; }

TEST_CASE("an insert that overlaps a wait may come before it or after it", "[6.3]") {
  CHECK(passes({wait(0, 5, 1, 4), insert(5, 1, 2, 3)}));
  CHECK(passes({wait(0, 5, 1, 4), insert(5, 0, 2, 3)}));
}

TEST_CASE("a waiter that is pending though the value was there is found", "[6.3]") {
  CHECK(!passes({insert(5, 0, 1, 2), wait(0, pending, 3, 4)}));
  CHECK(!passes({wait(0, pending, 1, 4), insert(5, 0, 2, 3)}));
  CHECK(passes({insert(5, 0, 1, 2), erase(true, 3, 4), wait(0, pending, 5, 6)}));
}

TEST_CASE("a wrong count and a wrong value are found", "[6.3]") {
  CHECK(!passes({wait(0, 5, 1, 2), insert(5, 0, 3, 4)}));
  CHECK(!passes({wait(0, 6, 1, 2), insert(5, 1, 3, 4)}));
  CHECK(!passes({wait(0, nothing, 1, 2), insert(5, 0, 3, 4)}));
  CHECK(!passes({wait(0, nothing, 1, 2), cancel(2, 3, 4)}));
  CHECK(passes({wait(0, nothing, 1, 2), cancel(1, 3, 4), insert(5, 0, 5, 6)}));
}

TEST_CASE("a waiter resumed before anything could have decided its wait is found", "[6.3]") {
  event resumed{action::resumed, 0, 0};
  resumed.begin = 1, resumed.end = 3;
  CHECK(!passes({wait(0, 5, 1, 2), resumed, insert(5, 1, 4, 5)}));
  resumed.end = 6;
  CHECK(passes({wait(0, 5, 1, 2), resumed, insert(5, 1, 4, 5)}));
}

// Waits that all overlap, as if their threads had been preempted: observers and takers of each of the values,
// and takers that are cancelled at the end. Only the order of those who take a value can be told.
history overlapping(int values, int cancelled_takers) {
  history events;
  int id = 0;
  for (int value = 1; value <= values; ++value) {
    events.push_back(take(id++, value, 1, 100));
    if (value == 1) {
      for (int i = 0; i < 3; ++i) events.push_back(wait(id++, value, 1, 100));
    }
  }
  for (int i = 0; i < cancelled_takers; ++i) events.push_back(take(id++, nothing, 1, 100));
  std::uint64_t now = 101;
  for (int value = 1; value <= values; ++value, now += 2) {
    events.push_back(hand_off(value, value == 1 ? 4 : 1, now));
  }
  return events;
}

TEST_CASE("a history in which more than a dozen operations overlap is judged", "[6.3]") {
  history right = overlapping(5, 5);
  right.push_back(cancel(5, 200, 201));
  CHECK(judge(right) == verdict::linearizable);

  history wrong = overlapping(5, 5);
  wrong.push_back(cancel(4, 200, 201));
  CHECK(judge(wrong) == verdict::impossible);
}

TEST_CASE("a taker that leaves lets one behind it have the value, one that stays does not",
          "[6.3]") {
  history left = {take(0, nothing, 1, 2), take(1, 5, 3, 4), hand_off(5, 1, 7)};
  event stop{action::stop, 2, 0};
  stop.begin = 5, stop.end = 6;
  left.push_back(stop);
  CHECK(passes(left));
  left.pop_back();
  left.push_back(cancel(1, 9, 10));
  CHECK(!passes(left));
}

TEST_CASE("waiters of one key that are ended by different operations are found", "[6.3]") {
  // The insert ends the waits of all who observe; the first would have to be pending when the second ends.
  CHECK(!passes({wait(0, 5, 1, 2), wait(1, nothing, 3, 4), cancel(1, 5, 6), insert(5, 1, 7, 8)}));
  CHECK(!passes({take(0, 5, 1, 2), wait(1, nothing, 3, 4), hand_off(5, 1, 5), cancel(1, 7, 8)}));
  CHECK(passes({take(0, 5, 1, 2), take(1, nothing, 3, 4), hand_off(5, 1, 5), cancel(1, 7, 8)}));
}

}  // namespace linearizability_test
