// 2.2: a value that was not accepted is not moved from.
#include <memory>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace refused_value_test {

using waitmap::insert_outcome;
using map_type = waitmap::wait_map<int, std::unique_ptr<int>>;

TEST_CASE("a value refused because the key is present stays with the caller", "[2.2]") {
  map_type map;
  map.insert(1, std::make_unique<int>(10));
  auto value = std::make_unique<int>(20);
  CHECK(map.insert(1, std::move(value)).outcome == insert_outcome::present);
  CHECK(map.try_emplace(1, std::move(value)).outcome == insert_outcome::present);
  map.update(1, [&](auto& entry) { CHECK_FALSE(entry.emplace(std::move(value))); });
  REQUIRE(value);
  CHECK(*value == 20);
}

TEST_CASE("a value refused by a closed map stays with the caller", "[2.1][2.2]") {
  map_type map;
  map.insert(1, std::make_unique<int>(10));
  map.close();
  auto value = std::make_unique<int>(20);
  for (const int key : {1, 2}) {  // whether or not the key is present
    CHECK(map.insert(key, std::move(value)).outcome == insert_outcome::closed);
    CHECK(map.try_emplace(key, std::move(value)).outcome == insert_outcome::closed);
    CHECK(map.insert_or_assign(key, std::move(value)).outcome == insert_outcome::closed);
    CHECK(map.deliver(key, std::move(value)).outcome == insert_outcome::closed);
    CHECK_FALSE(map.exchange(key, std::move(value)));
  }
  REQUIRE(value);
  CHECK(*value == 20);
  CHECK(map.visit(1, [](const std::unique_ptr<int>& stored) { CHECK(*stored == 10); }));
  CHECK_FALSE(map.contains(2));
}

TEST_CASE("a value that nobody waits for stays with the caller of deliver", "[2.1][2.2]") {
  map_type map;
  auto value = std::make_unique<int>(20);
  CHECK(map.deliver(1, std::move(value)).outcome == insert_outcome::no_waiter);
  map.insert(1, std::make_unique<int>(10));
  CHECK(map.deliver(1, std::move(value)).outcome == insert_outcome::no_waiter);
  REQUIRE(value);
  CHECK(*value == 20);
}

TEST_CASE("the key of a refused value is not moved from", "[2.2]") {
  waitmap::wait_map<std::string, int> map;
  map.insert("key", 1);
  std::string key = "key";
  CHECK_FALSE(map.insert(std::move(key), 2));
  CHECK(key == "key");
  map.close();
  CHECK_FALSE(map.insert_or_assign(std::move(key), 2));
  CHECK(key == "key");
}

}  // namespace refused_value_test
