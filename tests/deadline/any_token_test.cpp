// 3.14: any_token joins tokens and tells which of them stopped.
#include <chrono>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "deadline/cranked.hpp"
#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/own_stop_source.hpp"

namespace any_token_test {

using namespace std::chrono_literals;
using map_type = waitmap::wait_map<int, int>;

TEST_CASE("a wait with two reasons to stop tells which it was", "[3.14]") {
  map_type map;
  cranked_timer timer;
  support::own_stop_source parent;
  const bool by_time = GENERATE(true, false);
  auto token = waitmap::any_token(timer.after(5s), parent.get_token());
  static_assert(waitmap::stoppable_token<decltype(token)>);
  auto waiting = map.wait(1, token);
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  CHECK_FALSE(token.which());
  CHECK_FALSE(token.stop_requested());

  by_time ? let_pass(timer, 5s) : static_cast<void>(parent.request_stop());
  REQUIRE(result);
  CHECK_FALSE(*result);
  CHECK(token.which() == (by_time ? 0u : 1u));
  CHECK(token.stop_requested());
  CHECK(timer.armed() == 0);
  CHECK(parent.callbacks() == 0);

  by_time ? static_cast<void>(parent.request_stop()) : let_pass(timer, 5s);
  CHECK(token.which() == (by_time ? 0u : 1u));
}

TEST_CASE("a wait that gets its value has no reason", "[3.14]") {
  map_type map;
  support::own_stop_source one, two, three;
  auto token = waitmap::any_token(one.get_token(), two.get_token(), three.get_token());
  auto waiting = map.wait(1, token);
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  map.insert(1, 10);
  CHECK(result == std::optional(std::optional(10)));
  CHECK_FALSE(token.which());
  CHECK(one.callbacks() + two.callbacks() + three.callbacks() == 0);
}

TEST_CASE("a token that has stopped before is told", "[3.14]") {
  map_type map;
  support::own_stop_source one, two;
  two.request_stop();
  auto token = waitmap::any_token(one.get_token(), two.get_token());
  auto value = map.wait(1, token);
  std::optional<std::optional<int>> result;
  support::await_into(value, result);
  REQUIRE(result);
  CHECK_FALSE(*result);
  CHECK(token.which() == 1u);
}

TEST_CASE("the reason that ended the wait is kept though others follow", "[3.14]") {
  map_type map;
  support::own_stop_source one, two;
  auto token = waitmap::any_token(one.get_token(), two.get_token());
  auto waiting = map.wait(1, token);
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  two.request_stop();
  one.request_stop();
  CHECK(token.which() == 1u);
}

TEST_CASE("which looks at the tokens where no wait has told", "[3.14]") {
  support::own_stop_source one, two;
  const auto token = waitmap::any_token(one.get_token(), two.get_token());
  const auto copy = token;
  CHECK_FALSE(token.which());
  two.request_stop();
  CHECK(copy.which() == 1u);
  one.request_stop();
  CHECK(token.which() == 1u);
  CHECK(token == copy);
}

TEST_CASE("tokens that cannot stop make one that cannot", "[3.14]") {
  cranked_timer timer;
  const support::own_stop_source::token none;
  CHECK_FALSE(waitmap::any_token(none, timer.after(std::chrono::hours::max())).stop_possible());
  CHECK(waitmap::any_token(none, timer.after(1s)).stop_possible());
}

TEST_CASE("the function runs once though all tokens stop", "[3.14]") {
  support::own_stop_source one, two;
  const auto token = waitmap::any_token(one.get_token(), two.get_token());
  int called = 0;
  const auto count = [&called] { ++called; };
  using token_type = std::remove_const_t<decltype(token)>;
  const token_type::callback_type<decltype(count)> callback(token, count);
  one.request_stop();
  two.request_stop();
  CHECK(called == 1);
}

}  // namespace any_token_test
