// A claim whose key somebody else inserts is overtaken: the other's value wins, and the stale claim harms
// nobody, least of all a later claim of the key.
#include <memory>
#include <optional>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace overtaken_claim_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::insert_outcome;
using waitmap::insert_result;

TEST_CASE("a value that somebody else inserts wins", "[4.1]") {
  map_type map;
  support::noted<std::string> note;
  auto claim = map.try_claim(1);
  const auto waiter = support::observe(map, 1, note);
  CHECK(map.insert(1, "theirs") == insert_result{insert_outcome::inserted, 1});
  CHECK(note.got("theirs"));
  CHECK(claim);
  auto ours = std::string(50, 'o');
  CHECK(claim.set_value(std::move(ours)) == insert_result{insert_outcome::present, 0});
  CHECK(ours == std::string(50, 'o'));
  CHECK_FALSE(claim);
  CHECK(map.get(1) == "theirs");
}

TEST_CASE("a claim is overtaken by each way to give the key a value", "[4.1]") {
  map_type map;
  auto by_emplace = map.try_claim(1);
  auto by_assign = map.try_claim(2);
  auto by_exchange = map.try_claim(3);
  auto by_update = map.try_claim(4);
  map.try_emplace(1, "v");
  CHECK(map.insert_or_assign(2, "v").outcome == insert_outcome::inserted);
  CHECK_FALSE(map.exchange(3, "v"));
  map.update(4, [](waitmap::entry<std::string>& entry) { entry.assign("v"); });
  for (auto* claim : {&by_emplace, &by_assign, &by_exchange, &by_update}) {
    CHECK(claim->set_value("w").outcome == insert_outcome::present);
  }
  CHECK(map.size() == 4);
}

TEST_CASE("an overtaken claim that is dropped ends no wait", "[4.1]") {
  map_type map;
  support::noted<std::string> note;
  std::optional stale = map.try_claim(1);
  map.insert(1, "theirs");
  map.erase(1);
  const auto waiter = support::observe(map, 1, note);
  stale.reset();
  CHECK(note.pending());
  CHECK(map.waiting(1) == 1);
  CHECK(map.insert(1, "later").resumed == 1);
  CHECK(note.got("later"));
}

TEST_CASE("an overtaken claim does not harm a later claim of the key", "[4.1]") {
  enum class way { drop, value, exception };
  const auto how = GENERATE(way::drop, way::value, way::exception);
  map_type map;
  support::noted<std::string> note;
  std::optional stale = map.try_claim(1);
  map.insert(1, "theirs");
  map.erase(1);
  auto fresh = map.try_claim(1);
  REQUIRE(fresh);
  const auto waiter = support::observe(map, 1, note);
  switch (how) {
    case way::drop:
      stale.reset();
      break;
    case way::value:
      CHECK(stale->set_value("stale").outcome == insert_outcome::present);
      break;
    case way::exception:
      CHECK(stale->set_exception(std::make_exception_ptr(1)) == 0);
      break;
  }
  CHECK(note.pending());
  CHECK_FALSE(map.try_claim(1));
  CHECK(fresh.set_value("fresh").resumed == 1);
  CHECK(note.got("fresh"));
}

TEST_CASE("a hand-off overtakes a claim, too", "[4.1][3.5]") {
  waitmap::wait_map<int, std::unique_ptr<int>> map;
  support::noted<std::unique_ptr<int>> note;
  auto claim = map.try_claim(1);
  const auto taker = support::take(map, 1, note);
  CHECK(map.insert(1, std::make_unique<int>(1)).outcome == insert_outcome::handed_off);
  auto late = std::make_unique<int>(2);
  CHECK_FALSE(claim.set_value(std::move(late)));
  CHECK(late);
  CHECK_FALSE(map.contains(1));
  CHECK(map.try_claim(1));
}

}  // namespace overtaken_claim_test
