// Rules 3.4 and 5.3: any number of waiters on one key, resumed in their order.
#include <cstddef>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"
#include "support/stack.hpp"

namespace many_waiters_test {

constexpr int crowd = 1'000'000 / support::slowness;

struct line {
  waitmap::wait_map<int, int> map;
  int resumed = 0;
  bool in_order = true;
  support::stack_meter stack;
};

support::detached wait_in_line(line& whole, int place) {
  auto value = co_await whole.map.wait(1);
  whole.stack.look();
  whole.in_order = whole.in_order && place == whole.resumed && (!value || *value == 7);
  ++whole.resumed;
}

// Takes, and gives the next in line what it got.
support::detached take_and_pass_on(line& whole, int place) {
  auto value = co_await whole.map.take(1);
  whole.stack.look();
  whole.in_order = whole.in_order && place == whole.resumed && *value == place;
  ++whole.resumed;
  whole.map.insert(1, *value + 1);
}

TEST_CASE("a million waiters on one key are resumed in order by one insert", "[3.4]") {
  line whole;
  for (int place = 0; place < crowd; ++place) wait_in_line(whole, place);
  REQUIRE(whole.map.waiting(1) == static_cast<std::size_t>(crowd));

  CHECK(whole.map.insert(1, 7).resumed == static_cast<std::size_t>(crowd));

  CHECK(whole.resumed == crowd);
  CHECK(whole.in_order);
  CHECK(whole.stack.used() < 4096);
}

TEST_CASE("a million waiters on one key are resumed in order by a cancel", "[3.4]") {
  line whole;
  for (int place = 0; place < crowd; ++place) wait_in_line(whole, place);

  CHECK(whole.map.cancel(1) == static_cast<std::size_t>(crowd));

  CHECK(whole.resumed == crowd);
  CHECK(whole.in_order);
}

TEST_CASE("one value passes through many takers of one key, the oldest first", "[3.5]") {
  constexpr int takers = 5'000 / support::slowness;
  line whole;
  for (int place = 0; place < takers; ++place) take_and_pass_on(whole, place);

  whole.map.insert(1, 0);

  CHECK(whole.resumed == takers);
  CHECK(whole.in_order);
  CHECK(whole.stack.used() < 4096);
  CHECK(whole.map.get(1) == takers);
}

}  // namespace many_waiters_test
