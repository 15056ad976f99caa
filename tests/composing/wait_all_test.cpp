#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/waiter.hpp"

namespace wait_all_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::wait_status;

TEST_CASE("wait_all resumes once, when the last key has its value", "[3]") {
  map_type map;
  support::waiter all([&] { return map.wait_all({1, 2, 3}); });
  CHECK(map.waiting() == 3);
  map.insert(3, "c");
  map.insert(1, "a");
  CHECK(all.pending());
  CHECK(map.waiting() == 1);
  CHECK(map.insert(2, "b").resumed == 1);
  REQUIRE(all.has_result());
  auto& outcomes = all.result();
  REQUIRE(outcomes.size() == 3);
  CHECK(*outcomes[0] == "a");
  CHECK(*outcomes[1] == "b");
  CHECK(*outcomes[2] == "c");
  CHECK(map.size() == 3);
}

TEST_CASE("wait_all does not suspend where all keys have values", "[3][3.1]") {
  map_type map;
  map.insert(1, "a");
  map.insert(2, "b");
  support::waiter all([&] { return map.wait_all({2, 1}); });
  REQUIRE(all.has_result());
  CHECK(*all.result()[0] == "b");
  CHECK(*all.result()[1] == "a");
}

TEST_CASE("keys with and without values have their outcomes in the order of the keys", "[3][3.1]") {
  map_type map;
  for (const auto& [key, value] : {std::pair(1, "a"), {2, "b"}, {4, "d"}}) map.insert(key, value);
  support::waiter all([&] { return map.wait_all({1, 2, 3, 4, 5, 1}); });
  CHECK(all.pending());
  map.insert(5, "e");
  map.insert(3, "c");
  REQUIRE(all.has_result());
  std::string got;
  for (auto& outcome : all.result()) got += *outcome;
  CHECK(got == "abcdea");
}

TEST_CASE("wait_all of no keys returns no outcomes, without suspending", "[3]") {
  map_type map;
  const std::vector<int> none;
  support::waiter all([&] { return map.wait_all(none); });
  REQUIRE(all.has_result());
  CHECK(all.result().empty());
}

TEST_CASE("a key that occurs twice has two outcomes", "[3]") {
  map_type map;
  support::waiter all([&] { return map.wait_all({1, 2, 1, 1}); });
  CHECK(map.waiting(1) == 3);
  CHECK(map.insert(1, "a").resumed == 3);
  CHECK(all.pending());
  map.insert(2, "b");
  REQUIRE(all.has_result());
  CHECK(all.result().size() == 4);
  CHECK(*all.result()[0] == "a");
  CHECK(*all.result()[1] == "b");
  CHECK(*all.result()[3] == "a");
}

TEST_CASE("each key of wait_all has its own end", "[3][4]") {
  map_type map;
  map.insert(1, "a");
  auto claim = map.try_claim(4);
  support::waiter all([&] { return map.wait_all({1, 2, 3, 4, 5, 6}); });
  CHECK(map.cancel(2) == 1);
  CHECK(map.fail(3, std::make_exception_ptr(std::runtime_error("broken"))) == 1);
  claim = {};
  CHECK(map.deliver(5, "e").resumed == 1);
  CHECK(all.pending());
  CHECK(map.close() == 1);
  REQUIRE(all.has_result());
  auto& outcomes = all.result();
  CHECK(*outcomes[0] == "a");
  CHECK(outcomes[1].status() == wait_status::cancelled);
  CHECK(outcomes[2].status() == wait_status::failed);
  CHECK_THROWS_AS(outcomes[2].value(), std::runtime_error);
  CHECK(outcomes[3].status() == wait_status::abandoned);
  CHECK(*outcomes[4] == "e");
  CHECK(outcomes[5].status() == wait_status::closed);
}

TEST_CASE("wait_all on a closed map returns what is there", "[3][3.1][4]") {
  map_type map;
  map.insert(2, "b");
  map.close();
  support::waiter all([&] { return map.wait_all({1, 2}); });
  REQUIRE(all.has_result());
  CHECK(all.result()[0].status() == wait_status::closed);
  CHECK(*all.result()[1] == "b");
}

TEST_CASE("a value that arrived is kept though its key is erased", "[3][3.3]") {
  map_type map;
  support::waiter all([&] { return map.wait_all({1, 2}); });
  map.insert(1, "first");
  map.erase(1);
  map.insert(1, "second");
  map.insert(2, "b");
  REQUIRE(all.has_result());
  CHECK(*all.result()[0] == "first");
}

TEST_CASE("wait_all may be awaited by many for the same keys", "[3]") {
  map_type map;
  const std::vector<int> keys{1, 2, 3, 4, 5};
  const auto make = [&] { return map.wait_all(keys); };
  support::waiter a(make), b(make), c(make), d(make);
  for (const int key : {5, 3, 1, 2, 4}) CHECK(map.insert(key, std::to_string(key)).resumed == 4);
  CHECK((a.has_result() && b.has_result() && c.has_result() && d.has_result()));
}

TEST_CASE("wait_all waits for a thousand keys in one shard or many", "[3]") {
  const auto shards = GENERATE(1u, 4u, 64u);
  map_type map(waitmap::options{.capacity = 0, .shards = shards});
  std::vector<int> keys;
  for (int key = 0; key < 1000; ++key) keys.push_back(key);
  support::waiter all([&] { return map.wait_all(keys); });
  for (int key = 999; key >= 0; --key) {
    CHECK(all.pending());
    map.insert(key, std::to_string(key));
  }
  REQUIRE(all.has_result());
  bool right = true;
  for (std::size_t i = 0; i < 1000; ++i) right = right && *all.result()[i] == std::to_string(i);
  CHECK(right);
}

}  // namespace wait_all_test
