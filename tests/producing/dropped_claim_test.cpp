// A producer that dies lets its waiters know.
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/waiter.hpp"

namespace dropped_claim_test {

using map_type = waitmap::wait_map<int, int>;
using waitmap::wait_status;

TEST_CASE("a claim that is dropped resumes the waiters of its key with nothing", "[4.1]") {
  map_type map;
  support::noted<int> early, late, elsewhere;
  const auto one = support::observe(map, 1, early);
  std::optional claim = map.try_claim(1);
  const auto two = support::take(map, 1, late);
  const auto three = support::observe(map, 2, elsewhere);
  claim.reset();
  CHECK(early.got_nothing());
  CHECK(late.got_nothing());
  CHECK(elsewhere.pending());
  CHECK(map.waiting() == 1);
}

TEST_CASE("the waiters of a dropped claim learn that they were abandoned", "[4.1][3]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  support::waiter result([&] { return map.wait_result(1); });
  support::waiter any([&] { return map.wait_any({2, 1}); });
  support::waiter all([&] { return map.wait_all({1}); });
  claim.reset();
  REQUIRE((result.has_result() && any.has_result() && all.has_result()));
  CHECK(result.result().status() == wait_status::abandoned);
  CHECK(any.result().index == 1);
  CHECK(any.result().outcome.status() == wait_status::abandoned);
  CHECK(all.result()[0].status() == wait_status::abandoned);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a claim that is assigned over is dropped", "[4.1]") {
  map_type map;
  support::noted<int> note;
  auto claim = map.try_claim(1);
  const auto waiter = support::observe(map, 1, note);
  claim = map.try_claim(2);
  CHECK(note.got_nothing());
  CHECK(claim);
  CHECK(map.try_claim(1));
  CHECK_FALSE(map.try_claim(2));
}

TEST_CASE("a claim that is assigned to itself stays", "[4.1]") {
  map_type map;
  support::noted<int> note;
  auto claim = map.try_claim(1);
  const auto waiter = support::observe(map, 1, note);
  auto& same = claim;
  claim = std::move(same);
  CHECK(claim);
  CHECK(note.pending());
  CHECK(claim.set_value(1).resumed == 1);
}

TEST_CASE("a claim that dies by an exception releases the waiters", "[4.1]") {
  map_type map;
  support::noted<int> note;
  support::owned waiter;
  try {
    const auto claim = map.try_claim(1);
    waiter = support::observe(map, 1, note);
    throw 1;
  } catch (int) {
  }
  CHECK(note.got_nothing());
  CHECK(map.try_claim(1));
}

support::owned claim_after(map_type& map, map_type::claim_type& claim, bool& abandoned) {
  auto outcome = co_await map.wait_result(1);
  abandoned = outcome.status() == wait_status::abandoned;
  claim = map.try_claim(1);
}

TEST_CASE("the oldest of those who are released can claim the key at once", "[4.1]") {
  map_type map;
  std::optional dropped = map.try_claim(1);
  map_type::claim_type heir, second;
  bool first_abandoned = false, second_abandoned = false;
  const auto one = claim_after(map, heir, first_abandoned);
  const auto two = claim_after(map, second, second_abandoned);
  dropped.reset();
  CHECK((first_abandoned && second_abandoned));
  CHECK(heir);
  CHECK_FALSE(second);
  CHECK(heir.set_value(1));
}

}  // namespace dropped_claim_test
