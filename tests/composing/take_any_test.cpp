#include <memory>
#include <optional>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/waiter.hpp"

namespace take_any_test {

using map_type = waitmap::wait_map<int, std::unique_ptr<int>>;
using waitmap::insert_outcome;

TEST_CASE("take_any takes the first value that is there and leaves the others", "[3]") {
  map_type map;
  map.insert(2, std::make_unique<int>(20));
  map.insert(3, std::make_unique<int>(30));
  support::waiter any([&] { return map.take_any({1, 2, 3}); });
  REQUIRE(any.has_result());
  CHECK(any.result().index == 1);
  CHECK(**any.result().outcome == 20);
  CHECK_FALSE(map.contains(2));
  CHECK(map.contains(3));
  CHECK(map.waiting() == 0);
}

TEST_CASE("take_any takes the first value that arrives and leaves the others", "[3]") {
  map_type map;
  support::waiter any([&] { return map.take_any({1, 2}); });
  CHECK(map.insert(2, std::make_unique<int>(20)).outcome == insert_outcome::handed_off);
  REQUIRE(any.has_result());
  CHECK(any.result().index == 1);
  CHECK(**any.result().outcome == 20);
  CHECK(map.insert(1, std::make_unique<int>(10)).outcome == insert_outcome::inserted);
  CHECK(map.insert(2, std::make_unique<int>(21)).outcome == insert_outcome::inserted);
}

TEST_CASE("take_any consumes one value of a key that occurs twice", "[3]") {
  map_type map;
  support::waiter any([&] { return map.take_any({1, 1}); });
  CHECK(map.waiting(1) == 2);
  CHECK(map.insert(1, std::make_unique<int>(1)).outcome == insert_outcome::handed_off);
  CHECK(any.result().index == 0);
  CHECK(map.waiting() == 0);
  CHECK(map.insert(1, std::make_unique<int>(2)).outcome == insert_outcome::inserted);

  support::waiter present([&] { return map.take_any({1, 1}); });
  CHECK(**present.result().outcome == 2);
  CHECK_FALSE(map.contains(1));
}

TEST_CASE("take_any gives way to older takers and goes before younger ones", "[3][3.5]") {
  map_type map;
  support::waiter older([&] { return map.take(1); });
  support::waiter any([&] { return map.take_any({2, 1}); });
  support::waiter younger([&] { return map.take(1); });
  map.insert(1, std::make_unique<int>(1));
  CHECK((older.has_result() && any.pending()));
  map.insert(1, std::make_unique<int>(2));
  REQUIRE((any.has_result() && younger.pending()));
  CHECK(any.result().index == 1);
  map.insert(1, std::make_unique<int>(3));
  CHECK(younger.has_result());
}

TEST_CASE("take_any takes what is there after the close, behind absent keys, too", "[3.1][4]") {
  map_type map;
  map.insert(3, std::make_unique<int>(30));
  map.insert(1, std::make_unique<int>(10));
  map.close();
  std::vector<int> drained;
  for (int i = 0; i < 3; ++i) {
    support::waiter any([&] { return map.take_any({1, 2, 3}); });
    REQUIRE(any.has_result());
    if (any.result()) drained.push_back(**any.result().outcome);
  }
  CHECK(drained == std::vector{10, 30});
  CHECK(map.empty());
}

TEST_CASE("take_any takes what is delivered", "[3][4]") {
  map_type map;
  support::waiter any([&] { return map.take_any({1, 2}); });
  auto value = std::make_unique<int>(2);
  CHECK(map.deliver(2, std::move(value)).outcome == insert_outcome::delivered);
  CHECK_FALSE(value);
  REQUIRE(any.has_result());
  CHECK(**any.result().outcome == 2);
}

TEST_CASE("workers that take_any from queues get every value once", "[3]") {
  waitmap::wait_map<int, int> map;
  const std::vector<int> queues{1, 2, 3};
  const auto take = [&] { return map.take_any(queues); };
  std::optional<support::waiter<decltype(take)>> workers[6];
  for (auto& each : workers) each.emplace(take);
  int accepted = 0;
  for (int value = 1; value <= 6; ++value) {
    accepted += map.insert(value % 3 + 1, value).outcome == insert_outcome::handed_off;
  }
  CHECK(accepted == 6);
  int sum = 0;
  for (auto& each : workers) sum += each->has_result() ? *each->result().outcome : 0;
  CHECK(sum == 21);
  CHECK(map.empty());
  CHECK(map.waiting() == 0);
}

}  // namespace take_any_test
