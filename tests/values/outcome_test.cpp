// 2.1: what the inserting functions answer.
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace outcome_test {

using waitmap::insert_outcome;
using waitmap::insert_result;
using map_type = waitmap::wait_map<int, int>;
using result_type = std::optional<std::optional<int>>;

TEST_CASE("an answer is true when the value was accepted", "[2.1]") {
  for (const auto accepted : {insert_outcome::inserted, insert_outcome::assigned,
                              insert_outcome::handed_off, insert_outcome::delivered}) {
    CHECK(insert_result{accepted});
  }
  for (const auto refused :
       {insert_outcome::present, insert_outcome::no_waiter, insert_outcome::closed}) {
    CHECK_FALSE(insert_result{refused});
  }
}

// One observer and one taker on key 1.
struct two_waiters {
  explicit two_waiters(map_type& map) : observer(map.wait(1)), taker(map.take(1)) {
    support::await_into(observer, observed);
    support::await_into(taker, taken);
  }
  decltype(std::declval<map_type&>().wait(1)) observer;
  decltype(std::declval<map_type&>().take(1)) taker;
  result_type observed;
  result_type taken;
};

TEST_CASE("every inserting function says that a taker took the value and counts who was resumed",
          "[2.1]") {
  const auto handed_off = [](auto&& insert) {
    map_type map;
    two_waiters waiters(map);
    insert(map);
    CHECK(waiters.observed == std::optional(5));
    CHECK(waiters.taken == std::optional(5));
    CHECK(map.empty());
    CHECK(map.waiting() == 0);
  };
  constexpr insert_result expected{insert_outcome::handed_off, 2};
  handed_off([&](map_type& map) { CHECK(map.insert(1, 5) == expected); });
  handed_off([&](map_type& map) { CHECK(map.try_emplace(1, 5) == expected); });
  handed_off([&](map_type& map) { CHECK(map.insert_or_assign(1, 5) == expected); });
  handed_off([&](map_type& map) { CHECK_FALSE(map.exchange(1, 5)); });
  handed_off([&](map_type& map) { map.update(1, [](auto& entry) { entry.emplace(5); }); });
  handed_off([&](map_type& map) {
    CHECK(map.deliver(1, 5) == insert_result{insert_outcome::delivered, 2});
  });
}

TEST_CASE("an insert counts the observers that it resumed and stores the value", "[2.1]") {
  map_type map;
  auto first = map.wait(1);
  auto second = map.wait(1);
  result_type results[2];
  support::await_into(first, results[0]);
  support::await_into(second, results[1]);
  CHECK(map.insert(1, 5) == insert_result{insert_outcome::inserted, 2});
  CHECK(map.insert_or_assign(1, 6) == insert_result{insert_outcome::assigned, 0});
  CHECK(map.insert(1, 7) == insert_result{insert_outcome::present, 0});
}

}  // namespace outcome_test
