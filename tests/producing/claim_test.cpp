#include <memory>
#include <string>
#include <type_traits>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace claim_test {

using map_type = waitmap::wait_map<std::string, int>;
using waitmap::insert_outcome;
using waitmap::insert_result;

TEST_CASE("a claim is engaged where the key has neither a value nor a claim", "[4.1]") {
  map_type map;
  map.insert("present", 1);
  auto first = map.try_claim("absent");
  CHECK(first);
  CHECK_FALSE(map.try_claim("absent"));
  CHECK_FALSE(map.try_claim("present"));
  CHECK(map.try_claim("other"));
}

TEST_CASE("a key that is waited for can be claimed", "[4.1]") {
  map_type map;
  support::noted<int> before, after;
  const auto one = support::observe(map, "k", before);
  auto claim = map.try_claim("k");
  REQUIRE(claim);
  const auto two = support::observe(map, "k", after);
  CHECK_FALSE(map.try_claim("k"));
  CHECK(claim.set_value(7) == insert_result{insert_outcome::inserted, 2});
  CHECK(before.got(7));
  CHECK(after.got(7));
  CHECK_FALSE(claim);
}

TEST_CASE("a fulfilled claim stores the value and leaves nothing else", "[4.1]") {
  map_type map;
  auto claim = map.try_claim("k");
  CHECK(claim.set_value(7) == insert_result{insert_outcome::inserted, 0});
  CHECK_FALSE(claim);
  CHECK(map.get("k") == 7);
  CHECK(map.erase("k"));
  CHECK(map.try_claim("k"));
}

TEST_CASE("an exception set by a claim reaches the waiters and is not stored", "[4.1]") {
  map_type map;
  support::noted<int> note, later;
  auto claim = map.try_claim("k");
  const auto waiter = support::observe(map, "k", note);
  CHECK(claim.set_exception(std::make_exception_ptr(std::string("broken"))) == 1);
  CHECK_FALSE(claim);
  CHECK(note.failed());
  CHECK_FALSE(map.contains("k"));
  const auto next = support::observe(map, "k", later);
  CHECK(later.pending());
  CHECK(map.try_claim("k"));
}

TEST_CASE("a claim moves and does not copy", "[4.1]") {
  using claim_type = map_type::claim_type;
  CHECK_FALSE(std::is_copy_constructible_v<claim_type>);
  CHECK_FALSE(std::is_copy_assignable_v<claim_type>);
  CHECK(std::is_nothrow_move_constructible_v<claim_type>);
  CHECK(std::is_nothrow_move_assignable_v<claim_type>);

  map_type map;
  claim_type claim;
  CHECK_FALSE(claim);
  claim = map.try_claim("k");
  claim_type moved(std::move(claim));
  CHECK(moved);
  CHECK_FALSE(map.try_claim("k"));
  CHECK(moved.set_value(1));
}

TEST_CASE("a claim that is not engaged refuses a value and leaves it alone", "[4.1][2.2]") {
  waitmap::wait_map<int, std::unique_ptr<int>> map;
  decltype(map)::claim_type none;
  auto value = std::make_unique<int>(1);
  CHECK_FALSE(none.set_value(std::move(value)));
  CHECK(value);
  CHECK(none.set_exception(std::make_exception_ptr(1)) == 0);
}

TEST_CASE("a claim takes a value that cannot be copied", "[4.1]") {
  waitmap::wait_map<int, std::unique_ptr<int>> map;
  support::noted<std::unique_ptr<int>> note;
  auto claim = map.try_claim(1);
  const auto taker = support::take(map, 1, note);
  CHECK(claim.set_value(std::make_unique<int>(7)) == insert_result{insert_outcome::handed_off, 1});
  REQUIRE(note.value);
  CHECK(**note.value == 7);
  CHECK_FALSE(map.contains(1));
  CHECK(map.try_claim(1));
}

}  // namespace claim_test
