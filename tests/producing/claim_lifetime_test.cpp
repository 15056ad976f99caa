// Claims on closed maps, claims that outlive their map, and what the coroutines that a claim resumes may end.
#include <memory>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace claim_lifetime_test {

using map_type = waitmap::wait_map<int, std::unique_ptr<int>>;
using plain_map = waitmap::wait_map<int, int>;
using waitmap::insert_outcome;
using waitmap::insert_result;

TEST_CASE("a closed map cannot be claimed", "[4.1][4]") {
  plain_map map;
  map.close();
  CHECK_FALSE(map.try_claim(1));
}

TEST_CASE("a closed map refuses the value of a claim and leaves it alone", "[4.1][4][2.2]") {
  map_type map;
  auto claim = map.try_claim(1);
  support::noted<std::unique_ptr<int>> note;
  const auto taker = support::take(map, 1, note);
  CHECK(map.close() == 1);
  CHECK(note.got_nothing());
  auto value = std::make_unique<int>(1);
  CHECK(claim.set_value(std::move(value)) == insert_result{insert_outcome::closed, 0});
  CHECK(value);
  CHECK_FALSE(claim);
}

TEST_CASE("a claim may outlive its map", "[4.1]") {
  enum class way { drop, value, exception, assign };
  const auto how = GENERATE(way::drop, way::value, way::exception, way::assign);
  std::optional<map_type> map(std::in_place);
  std::optional claim = map->try_claim(1);
  auto also = map->try_claim(2);
  map.reset();
  auto value = std::make_unique<int>(1);
  switch (how) {
    case way::drop:
      claim.reset();
      break;
    case way::value:
      CHECK(claim->set_value(std::move(value)).outcome == insert_outcome::closed);
      break;
    case way::exception:
      CHECK(claim->set_exception(std::make_exception_ptr(1)) == 0);
      break;
    case way::assign:
      *claim = std::move(also);
      break;
  }
  CHECK(value);
}

TEST_CASE("the end of a map ends the waits on claimed keys", "[4.1][4]") {
  std::optional<plain_map> map(std::in_place);
  const auto claim = map->try_claim(1);
  support::noted<int> note;
  const auto waiter = support::observe(*map, 1, note);
  map.reset();
  CHECK(note.got_nothing());
}

template <class Claim>
support::owned end_both(std::optional<plain_map>& map, std::optional<Claim>& claim, int& ended) {
  auto value = co_await map->wait(1);
  ended += !value || *value == 1;
  claim.reset();
  map.reset();
}

TEST_CASE("a coroutine that a claim resumes may end the claim and the map", "[4.1][3.3]") {
  enum class way { value, assign };
  const auto how = GENERATE(way::value, way::assign);
  std::optional<plain_map> map(std::in_place);
  std::optional claim = map->try_claim(1);
  int ended = 0;
  const auto waiter = end_both(map, claim, ended);
  if (how == way::value) {
    CHECK(claim->set_value(1).resumed == 1);
  } else {
    *claim = plain_map::claim_type();
  }
  CHECK(ended == 1);
  CHECK_FALSE(map);
}

TEST_CASE("a dropped claim leaves no slot", "[4.1][1.4]") {
  plain_map map(waitmap::options{.capacity = 0, .shards = 1});
  for (int key = 0; key < 10'000; ++key) {
    const auto claim = map.try_claim(key);
  }
  CHECK(map.capacity() < 100);
}

}  // namespace claim_lifetime_test
