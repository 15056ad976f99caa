#include <stdexcept>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/waiter.hpp"

namespace wait_any_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::wait_status;
constexpr auto no_key = waitmap::first_outcome<std::string>::no_key;

TEST_CASE("wait_any resumes with the key that is first to have a value", "[3]") {
  map_type map;
  support::waiter any([&] { return map.wait_any({1, 2, 3}); });
  CHECK(map.waiting() == 3);
  CHECK(map.insert(2, "b") == waitmap::insert_result{waitmap::insert_outcome::inserted, 1});
  REQUIRE(any.has_result());
  CHECK(any.result());
  CHECK(any.result().index == 1);
  CHECK(*any.result().outcome == "b");
  CHECK(map.waiting() == 0);
  CHECK(map.insert(1, "a").resumed == 0);
  CHECK(map.size() == 2);
}

TEST_CASE("of several keys with values the one that stands first wins, without suspending",
          "[3][3.1]") {
  map_type map;
  map.insert(3, "c");
  map.insert(2, "b");
  support::waiter any([&] { return map.wait_any({1, 2, 3}); });
  REQUIRE(any.has_result());
  CHECK(any.result().index == 1);
  CHECK(*any.result().outcome == "b");
  CHECK(map.waiting() == 0);
}

TEST_CASE("wait_any of no keys ends at once, without a key", "[3]") {
  map_type map;
  const std::vector<int> none;
  support::waiter any([&] { return map.wait_any(none); });
  REQUIRE(any.has_result());
  CHECK_FALSE(any.result());
  CHECK(any.result().index == no_key);
  CHECK(any.result().outcome.status() == wait_status::cancelled);
}

TEST_CASE("a key that occurs twice wins where it first stands", "[3]") {
  map_type map;
  support::waiter any([&] { return map.wait_any({1, 2, 2, 2, 2}); });
  CHECK(map.waiting(2) == 4);
  CHECK(map.insert(2, "b").resumed == 1);
  REQUIRE(any.has_result());
  CHECK(any.result().index == 1);
  CHECK(map.waiting() == 0);
}

TEST_CASE("wait_any ends with the first key whose wait ends, be it without a value", "[3][4]") {
  enum class way { cancel, abandon, deliver };
  const auto how = GENERATE(way::cancel, way::abandon, way::deliver);
  map_type map;
  auto claim = map.try_claim(2);
  support::waiter any([&] { return map.wait_any({1, 2}); });
  switch (how) {
    case way::cancel:
      CHECK(map.cancel(2) == 1);
      break;
    case way::abandon:
      claim = {};
      break;
    case way::deliver:
      CHECK(map.deliver(2, "b").resumed == 1);
      break;
  }
  REQUIRE(any.has_result());
  CHECK(any.result().index == 1);
  CHECK(any.result().outcome.status() == (how == way::cancel    ? wait_status::cancelled
                                          : how == way::abandon ? wait_status::abandoned
                                                                : wait_status::value));
  CHECK(map.waiting() == 0);
}

TEST_CASE("an exception given to one key is rethrown from wait_any", "[3][4]") {
  map_type map;
  support::waiter any([&] { return map.wait_any({1, 2}); });
  CHECK(map.fail(2, std::make_exception_ptr(std::runtime_error("broken"))) == 1);
  CHECK(any.failed_with<std::runtime_error>());
  CHECK(map.waiting() == 0);
}

TEST_CASE("cancel and close count a wait_any once", "[3][3.2][4]") {
  map_type map;
  support::waiter one([&] { return map.wait_any({1, 2, 3}); });
  support::waiter two([&] { return map.wait_any({3, 2, 1}); });
  CHECK(map.cancel_all() == 2);
  CHECK((one.has_result() && two.has_result()));
  support::waiter three([&] { return map.wait_any({1, 2, 3}); });
  CHECK(map.close() == 1);
  REQUIRE(three.has_result());
  CHECK(three.result().outcome.status() == wait_status::closed);
}

TEST_CASE("wait_any on a closed map ends at once", "[3][4]") {
  map_type map;
  map.close();
  support::waiter any([&] { return map.wait_any({1, 2}); });
  REQUIRE(any.has_result());
  CHECK(any.result().outcome.status() == wait_status::closed);
}

// A value goes before the close: what is there can still be read.
TEST_CASE("wait_any on a closed map finds a value behind an absent key", "[3.1][4]") {
  map_type map;
  map.insert(2, "b");
  map.close();
  support::waiter any([&] { return map.wait_any({1, 2}); });
  REQUIRE(any.has_result());
  CHECK(any.result().index == 1);
  CHECK(any.result().outcome.status() == wait_status::value);
}

TEST_CASE("waiters of one key and of several are resumed in the order in which they came",
          "[3.4]") {
  map_type map;
  std::vector<int> order;
  const auto note = [&](int number, auto make) -> support::owned {
    return [](std::vector<int>& resumed, int me, auto make_operation) -> support::owned {
      auto operation = make_operation();
      auto result = co_await operation;
      (void)result;
      resumed.push_back(me);
    }(order, number, make);
  };
  const auto a = note(1, [&] { return map.wait(1); });
  const auto b = note(2, [&] { return map.wait_any({9, 1}); });
  const auto c = note(3, [&] { return map.wait_all({1}); });
  const auto d = note(4, [&] { return map.wait(1); });
  CHECK(map.insert(1, "a").resumed == 4);
  CHECK(order == std::vector{1, 2, 3, 4});
}

}  // namespace wait_any_test
