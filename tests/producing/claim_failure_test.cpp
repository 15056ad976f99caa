// Where a claim's operation throws, nothing has changed.
#include <stdexcept>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/noted.hpp"

namespace claim_failure_test {

using number = support::counted<>;
using waitmap::insert_outcome;

TEST_CASE("a claim whose value cannot be made stays engaged, its waiters wait on", "[4.1][6.2]") {
  number::reset();
  waitmap::wait_map<int, number> map;
  support::noted<number> note;
  auto claim = map.try_claim(1);
  const auto taker = support::take(map, 1, note);
  const number original(10);
  number::copies_before_throw = 0;
  CHECK_THROWS_AS(claim.set_value(original), support::told_to_throw);
  number::copies_before_throw = -1;
  CHECK(claim);
  CHECK(note.pending());
  CHECK_FALSE(map.try_claim(1));
  CHECK(claim.set_value(original).outcome == insert_outcome::handed_off);
  CHECK(note.got(number(10)));
}

TEST_CASE("an observer whose copy throws fails alone, the claim is fulfilled", "[4.1][3.9]") {
  number::reset();
  waitmap::wait_map<int, number> map;
  support::noted<number> first, second;
  auto claim = map.try_claim(1);
  const auto one = support::observe(map, 1, first);
  const auto two = support::observe(map, 1, second);
  number::copies_before_throw = 0;
  number original(10);
  try {
    CHECK(claim.set_value(std::move(original)).outcome == insert_outcome::inserted);
  } catch (const support::told_to_throw&) {
    FAIL("the failure of one waiter reached the claim");
  }
  number::copies_before_throw = -1;
  CHECK(first.failed());
  CHECK(second.failed());
  CHECK(map.contains(1));
  CHECK_FALSE(claim);
}

TEST_CASE("a key that cannot be copied for a claim claims nothing", "[4.1][6.2]") {
  using key = support::counted<support::moving::never_throws, struct as_key>;
  key::reset();
  waitmap::wait_map<key, int> map(waitmap::options{.capacity = 10, .shards = 1});
  const key wanted(1);
  int failures = 0;
  for (int copies = 0;; ++copies) {
    key::copies_before_throw = copies;
    try {
      const auto claim = map.try_claim(wanted);
      key::copies_before_throw = -1;
      CHECK(claim);
      break;
    } catch (const support::told_to_throw&) {
      ++failures;
      key::copies_before_throw = -1;
      CHECK(map.insert(wanted, 1).outcome == insert_outcome::inserted);
      CHECK(map.erase(wanted));
    }
  }
  CHECK(failures > 0);
}

support::owned wait_and_throw(waitmap::wait_map<int, int>& map) {
  auto seen = co_await map.wait(1);
  throw std::runtime_error(std::to_string(*seen));
}

TEST_CASE("a waiter that exits by an exception does not undo the claim", "[4.1][5.4]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> note;
  auto claim = map.try_claim(1);
  const auto thrower = wait_and_throw(map);
  const auto waiter = support::observe(map, 1, note);
  CHECK_THROWS_AS(claim.set_value(10), std::runtime_error);
  CHECK_FALSE(claim);
  CHECK(note.got(10));
  CHECK(map.get(1) == 10);
}

support::owned wait_and_rethrow(waitmap::wait_map<int, int>& map) { co_await map.wait(1); }

TEST_CASE("a waiter that exits by the exception given to a claim does not undo the claim's end",
          "[4.1][5.4]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> note;
  auto claim = map.try_claim(1);
  const auto thrower = wait_and_rethrow(map);
  const auto waiter = support::observe(map, 1, note);
  const auto error = std::make_exception_ptr(std::domain_error("no"));
  CHECK_THROWS_AS(claim.set_exception(error), std::domain_error);
  CHECK_FALSE(claim);
  CHECK(note.failed());
  CHECK(map.try_claim(1));
}

TEST_CASE("a claim refuses to fail without an exception, and stays engaged", "[4.1]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> note;
  auto claim = map.try_claim(1);
  const auto waiter = support::observe(map, 1, note);
  CHECK_THROWS_AS(claim.set_exception(nullptr), std::invalid_argument);
  CHECK(note.pending());
  CHECK(claim.set_value(1).outcome == insert_outcome::inserted);
  CHECK(note.got(1));
}

}  // namespace claim_failure_test
