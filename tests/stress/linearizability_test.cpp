// The checker of histories finds what is wrong in them.
#include "stress/history.hpp"
#include "support/catch.hpp"

using namespace stress;

namespace {

constexpr int pending = -1, nothing = -2;
using waitmap::insert_outcome;

event wait(int id, int how, std::uint64_t begin, std::uint64_t end) {
  return {action::wait, 0, id, 0, how, {insert_outcome::inserted}, begin, end};
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

}  // namespace

TEST_CASE("an insert that overlaps a wait may come before it or after it") {
  CHECK(passes({wait(0, 5, 1, 4), insert(5, 1, 2, 3)}));
  CHECK(passes({wait(0, 5, 1, 4), insert(5, 0, 2, 3)}));
}

TEST_CASE("a waiter that is pending though the value was there is found") {
  CHECK(!passes({insert(5, 0, 1, 2), wait(0, pending, 3, 4)}));
  CHECK(!passes({wait(0, pending, 1, 4), insert(5, 0, 2, 3)}));
  CHECK(passes({insert(5, 0, 1, 2), erase(true, 3, 4), wait(0, pending, 5, 6)}));
}

TEST_CASE("a wrong count and a wrong value are found") {
  CHECK(!passes({wait(0, 5, 1, 2), insert(5, 0, 3, 4)}));
  CHECK(!passes({wait(0, 6, 1, 2), insert(5, 1, 3, 4)}));
  CHECK(!passes({wait(0, nothing, 1, 2), insert(5, 0, 3, 4)}));
  CHECK(!passes({wait(0, nothing, 1, 2), cancel(2, 3, 4)}));
  CHECK(passes({wait(0, nothing, 1, 2), cancel(1, 3, 4), insert(5, 0, 5, 6)}));
}

TEST_CASE("a waiter resumed before anything could have decided its wait is found") {
  event resumed{action::resumed, 0, 0};
  resumed.begin = 1, resumed.end = 3;
  CHECK(!passes({wait(0, 5, 1, 2), resumed, insert(5, 1, 4, 5)}));
  resumed.end = 6;
  CHECK(passes({wait(0, 5, 1, 2), resumed, insert(5, 1, 4, 5)}));
}
