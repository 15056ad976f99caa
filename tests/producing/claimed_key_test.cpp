// A key that is only claimed counts as absent everywhere, and what is done to its waiters does not
// touch the claim.
#include <exception>
#include <source_location>
#include <span>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace claimed_key_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::insert_outcome;
using waitmap::insert_result;

TEST_CASE("a claimed key is absent to those who read", "[4.1][1.4]") {
  map_type map;
  const auto claim = map.try_claim(1);
  CHECK(map.empty());
  CHECK(map.size() == 0);
  CHECK_FALSE(map.contains(1));
  CHECK_FALSE(map.get(1));
  CHECK_FALSE(map.extract(1));
  CHECK_FALSE(map.erase(1));
  CHECK_FALSE(map.modify(1, [](std::string&) {}));
  CHECK(map.erase_if([](int, const std::string&) { return true; }) == 0);
  int seen = 0;
  map.for_each([&](int, const std::string&) { ++seen; });
  CHECK(seen == 0);
}

TEST_CASE("a claim is no waiter", "[4.1]") {
  map_type map;
  auto claim = map.try_claim(1);
  CHECK(map.waiting() == 0);
  CHECK(map.waiting(1) == 0);
  int seen = 0;
  map.for_each_waiting([&](int, std::span<const std::source_location>) { ++seen; });
  CHECK(seen == 0);
  CHECK(map.cancel(1) == 0);
  CHECK(map.fail(1, std::make_exception_ptr(1)) == 0);
  CHECK(map.deliver(1, "nobody") == insert_result{insert_outcome::no_waiter, 0});
  CHECK_FALSE(map.try_claim(1));
  CHECK(claim.set_value("v") == insert_result{insert_outcome::inserted, 0});
}

TEST_CASE("cancel and fail end the waits on a claimed key and leave the claim", "[4.1][4]") {
  map_type map;
  auto claim = map.try_claim(1);
  support::noted<std::string> cancelled, failed, satisfied;
  const auto one = support::observe(map, 1, cancelled);
  CHECK(map.cancel(1) == 1);
  CHECK(cancelled.got_nothing());
  const auto two = support::observe(map, 1, failed);
  CHECK(map.fail(1, std::make_exception_ptr(1)) == 1);
  CHECK(failed.failed());
  const auto three = support::observe(map, 1, satisfied);
  CHECK_FALSE(map.try_claim(1));
  CHECK(claim.set_value("v").resumed == 1);
  CHECK(satisfied.got("v"));
}

TEST_CASE("a value delivered to the waiters of a claimed key leaves the claim", "[4.1][4]") {
  map_type map;
  auto claim = map.try_claim(1);
  support::noted<std::string> delivered, satisfied;
  const auto one = support::take(map, 1, delivered);
  CHECK(map.deliver(1, "early") == insert_result{insert_outcome::delivered, 1});
  CHECK(delivered.got("early"));
  CHECK_FALSE(map.try_claim(1));
  const auto two = support::observe(map, 1, satisfied);
  CHECK(claim.set_value("v") == insert_result{insert_outcome::inserted, 1});
  CHECK(satisfied.got("v"));
}

TEST_CASE("a taker takes what a claim provides, and the next taker waits on", "[4.1][3.5]") {
  map_type map;
  support::noted<std::string> first, watching, second;
  auto claim = map.try_claim(1);
  const auto one = support::take(map, 1, first);
  const auto two = support::observe(map, 1, watching);
  const auto three = support::take(map, 1, second);
  CHECK(claim.set_value("v") == insert_result{insert_outcome::handed_off, 2});
  CHECK(first.got("v"));
  CHECK(watching.got("v"));
  CHECK(second.pending());
  CHECK(map.empty());
  auto next = map.try_claim(1);
  CHECK(next);
  CHECK(next.set_value("w").outcome == insert_outcome::handed_off);
  CHECK(second.got("w"));
}

TEST_CASE("many waiters and a claim between them are all served in order", "[4.1][3.4]") {
  map_type map;
  support::noted<std::string> notes[20];
  std::vector<support::owned> waiters;
  for (int i = 0; i < 10; ++i) waiters.push_back(support::observe(map, 1, notes[i]));
  auto claim = map.try_claim(1);
  for (int i = 10; i < 20; ++i) waiters.push_back(support::observe(map, 1, notes[i]));
  waiters[3].destroy();
  waiters[15].destroy();
  CHECK(map.waiting(1) == 18);
  CHECK_FALSE(map.try_claim(1));
  CHECK(claim.set_value("v").resumed == 18);
  int got = 0;
  for (const auto& each : notes) got += each.got("v");
  CHECK(got == 18);
}

}  // namespace claimed_key_test
