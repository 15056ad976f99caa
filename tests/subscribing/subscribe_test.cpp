#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/last_words.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"

namespace subscribe_test {

using map_type = waitmap::wait_map<int, std::string>;
using result = std::optional<std::optional<std::string>>;

TEST_CASE("a subscription waits from the moment it is made", "[3][3.10]") {
  map_type map;
  auto subscription = map.subscribe(1);
  CHECK(map.waiting(1) == 1);
  CHECK_FALSE(subscription.await_ready());
  CHECK(map.insert(1, "early").resumed == 1);
  map.erase(1);
  CHECK(subscription.await_ready());
  result got;
  support::await_into(subscription, got);
  REQUIRE(got);
  CHECK(*got == "early");
}

TEST_CASE("a subscription that is awaited before the value comes suspends until then", "[3]") {
  map_type map;
  auto subscription = map.subscribe(1);
  result got;
  support::await_into(subscription, got);
  CHECK_FALSE(got);
  CHECK(map.insert(1, "late").resumed == 1);
  REQUIRE(got);
  CHECK(*got == "late");
}

TEST_CASE("a subscription to a present key has its value at once", "[3][3.1]") {
  map_type map;
  map.insert(1, "present");
  auto subscription = map.subscribe(1);
  map.insert_or_assign(1, "changed");
  CHECK(map.waiting() == 0);
  result got;
  support::await_into(subscription, got);
  CHECK(*got == "present");
}

TEST_CASE("a subscription that is destroyed waits no more", "[3][3.6]") {
  map_type map;
  {
    const auto subscription = map.subscribe(1);
  }
  CHECK(map.waiting() == 0);
  CHECK(map.insert(1, "v").resumed == 0);
}

TEST_CASE("subscriptions stand in line with the other waiters", "[3][3.4][3.5]") {
  map_type map;
  auto first = map.subscribe_take(1);
  support::noted<std::string> note;
  const auto second = support::take(map, 1, note);
  CHECK(map.insert(1, "a").outcome == waitmap::insert_outcome::handed_off);
  CHECK(note.pending());
  map.insert(1, "b");
  CHECK(note.got("b"));
  result got;
  support::await_into(first, got);
  CHECK(*got == "a");
}

TEST_CASE("a subscription ends as every wait does", "[3][4]") {
  map_type map;
  auto cancelled = map.subscribe(1);
  auto failed = map.subscribe(2);
  auto abandoned = map.subscribe(3);
  {
    const auto claim = map.try_claim(3);
  }
  CHECK(map.cancel(1) == 1);
  CHECK(map.fail(2, std::make_exception_ptr(std::runtime_error("broken"))) == 1);
  auto closed = map.subscribe(4);
  CHECK(map.close() == 1);
  auto late = map.subscribe(5);
  CHECK_THROWS_AS(failed.await_resume(), std::runtime_error);
  for (auto* each : {&cancelled, &abandoned, &closed, &late}) {
    CHECK(each->await_ready());
    result got;
    support::await_into(*each, got);
    REQUIRE(got);
    CHECK_FALSE(*got);
  }
}

TEST_CASE("a stop ends a subscription, before and after it is awaited", "[3][3.8]") {
  map_type map;
  support::own_stop_source source;
  auto unawaited = map.subscribe(1, source.get_token());
  auto awaited = map.subscribe_take(1, source.get_token());
  result got;
  support::await_into(awaited, got);
  source.request_stop();
  REQUIRE(got);
  CHECK_FALSE(*got);
  CHECK(unawaited.await_ready());
  CHECK(map.waiting() == 0);
  auto late = map.subscribe(1, source.get_token());
  CHECK(late.await_ready());
  CHECK(map.waiting() == 0);
}

TEST_CASE("a stop after the value changes nothing", "[3][3.8]") {
  map_type map;
  support::own_stop_source source;
  auto subscription = map.subscribe(1, source.get_token());
  map.insert(1, "v");
  source.request_stop();
  result got;
  support::await_into(subscription, got);
  CHECK(*got == "v");
}

TEST_CASE("a subscription may outlive the map", "[3.3]") {
  std::optional<map_type> map(std::in_place);
  support::own_stop_source source;
  auto satisfied = map->subscribe(1, source.get_token());
  auto closed = map->subscribe(2, source.get_token());
  map->insert(1, "v");
  map.reset();
  source.request_stop();
  result got, nothing;
  support::await_into(satisfied, got);
  support::await_into(closed, nothing);
  CHECK(*got == "v");
  REQUIRE(nothing);
  CHECK_FALSE(*nothing);
}

TEST_CASE("a subscription that cannot be made has not begun", "[6.2]") {
  using key = support::counted<>;
  key::reset();
  waitmap::wait_map<key, int> map;
  const key wanted(1);
  key::copies_before_throw = 0;
  CHECK_THROWS_AS([&] { const auto subscription = map.subscribe(wanted); }(),
                  support::told_to_throw);
  key::copies_before_throw = -1;
  CHECK(map.waiting() == 0);
  CHECK(map.insert(wanted, 1).resumed == 0);
}

TEST_CASE("a subscription that is awaited a second time ends the program", "[3]") {
  // While it is being awaited, after it was, and after the value was there at once.
  const std::string when = GENERATE("never", "between", "before");
  const std::string words = support::last_words([&] {
    map_type map;
    auto subscription = map.subscribe(1);
    result first, second;
    if (when == "before") map.insert(1, "v");
    support::await_into(subscription, first);
    if (when == "between") map.insert(1, "v");
    support::await_into(subscription, second);
  });
  INFO("the value comes " << when);
  CHECK(words.find("awaited a second time") != std::string::npos);
}

}  // namespace subscribe_test
