// 6.2: copies that throw, and V that is copied where others are moved.
#include <memory>
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"

namespace copying_test {

using value_type = support::counted<>;
using map_type = waitmap::wait_map<int, value_type>;

TEST_CASE("a copy that throws on its way in leaves the map unchanged", "[6.2]") {
  value_type::reset();
  map_type map;
  map.try_emplace(1, 10);
  const value_type value(20);
  value_type::copies_before_throw = 0;
  CHECK_THROWS_AS(map.insert(2, value), support::told_to_throw);
  CHECK_THROWS_AS(map.insert_or_assign(1, value), support::told_to_throw);
  CHECK_THROWS_AS(map.exchange(1, value), support::told_to_throw);
  CHECK_THROWS_AS(map.update(1, [&](auto& entry) { entry.assign(value); }), support::told_to_throw);
  value_type::copies_before_throw = -1;
  CHECK(map.size() == 1);
  CHECK(map.get(1)->number() == 10);
}

TEST_CASE("a copy that throws on its way out leaves the map unchanged", "[6.2]") {
  value_type::reset();
  map_type map;
  map.try_emplace(1, 10);
  value_type::copies_before_throw = 0;
  CHECK_THROWS_AS(map.get(1), support::told_to_throw);
  value_type::copies_before_throw = -1;
  CHECK(map.get(1)->number() == 10);
}

// Has no move constructor: moving it copies it, which may throw.
struct copy_only {
  explicit copy_only(int n) : number(std::make_shared<int>(n)) {}
  copy_only(const copy_only& other) : number(std::make_shared<int>(*other.number)) {}
  copy_only& operator=(const copy_only&) = delete;
  std::shared_ptr<int> number;
};

TEST_CASE("a value without a move constructor works", "[6.5]") {
  waitmap::wait_map<int, copy_only> map;
  auto waiting = map.wait(1);
  auto taking = map.take(2);
  std::optional<std::optional<copy_only>> waited;
  std::optional<std::optional<copy_only>> taken;
  support::await_into(waiting, waited);
  support::await_into(taking, taken);
  map.insert(1, copy_only(10));
  map.insert(2, copy_only(20));
  REQUIRE(waited);
  REQUIRE(taken);
  CHECK(*(**waited).number == 10);
  CHECK(*(**taken).number == 20);
  CHECK(*map.get(1)->number == 10);
  CHECK(*map.exchange(1, copy_only(11))->number == 10);
  CHECK(*map.extract(1)->number == 11);
  CHECK(map.empty());
}

struct with_const_member {
  const int number;
};

TEST_CASE("a value that cannot be assigned works", "[6.5]") {
  waitmap::wait_map<int, with_const_member> map;
  CHECK(map.insert(1, with_const_member{10}));
  CHECK(map.insert_or_assign(1, with_const_member{11}));
  CHECK(map.exchange(1, with_const_member{12})->number == 11);
  map.update(1, [](auto& entry) {
    entry.assign(with_const_member{13}), entry.assign(with_const_member{14});
  });
  CHECK(map.get(1)->number == 14);
  CHECK(map.deliver(1, with_const_member{1}).outcome == waitmap::insert_outcome::no_waiter);
  auto operation = map.wait_with(1, [](const with_const_member& value) { return value; });
  std::optional<std::optional<with_const_member>> result;
  support::await_into(operation, result);
  REQUIRE(result);
  CHECK((**result).number == 14);
  map.clear();
  CHECK(map.empty());
}

}  // namespace copying_test
