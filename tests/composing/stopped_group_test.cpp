#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/own_stop_source.hpp"
#include "support/waiter.hpp"

namespace stopped_group_test {

using map_type = waitmap::wait_map<int, int>;
using waitmap::wait_status;
constexpr auto no_key = waitmap::first_outcome<int>::no_key;

TEMPLATE_TEST_CASE("a stop that was requested before lets values through and ends the rest",
                   "[3.1][3.8]", KINDS_OF_STOP_SOURCE) {
  map_type map;
  TestType source;
  source.request_stop();
  map.insert(2, 20);
  support::waiter all([&] { return map.wait_all({1, 2}, source.get_token()); });
  support::waiter any([&] { return map.wait_any({1, 2}, source.get_token()); });
  support::waiter none([&] { return map.take_any({1, 3}, source.get_token()); });
  REQUIRE((all.has_result() && any.has_result() && none.has_result()));
  CHECK(all.result()[0].status() == wait_status::stopped);
  CHECK(*all.result()[1] == 20);
  CHECK(any.result().index == 1);
  CHECK(none.result().index == no_key);
  CHECK(none.result().outcome.status() == wait_status::stopped);
  CHECK(map.waiting() == 0);
}

TEMPLATE_TEST_CASE("a stop ends a wait_any and a take_any", "[3.8]", KINDS_OF_STOP_SOURCE) {
  map_type map;
  TestType source;
  support::waiter any([&] { return map.wait_any({1, 2}, source.get_token()); });
  support::waiter taking([&] { return map.take_any({1, 2}, source.get_token()); });
  support::waiter other([&] { return map.wait_any({1, 2}); });
  source.request_stop();
  REQUIRE((any.has_result() && taking.has_result()));
  CHECK(any.result().index == no_key);
  CHECK(any.result().outcome.status() == wait_status::stopped);
  CHECK(taking.result().outcome.status() == wait_status::stopped);
  CHECK(other.pending());
  CHECK(map.waiting() == 2);
}

TEMPLATE_TEST_CASE("a stop ends what is left of a wait_all, what arrived stays", "[3.8][3.3]",
                   KINDS_OF_STOP_SOURCE) {
  map_type map;
  TestType source;
  support::waiter all([&] { return map.wait_all({1, 2, 3, 2}, source.get_token()); });
  map.insert(2, 20);
  source.request_stop();
  REQUIRE(all.has_result());
  CHECK(all.result()[0].status() == wait_status::stopped);
  CHECK(*all.result()[1] == 20);
  CHECK(all.result()[2].status() == wait_status::stopped);
  CHECK(*all.result()[3] == 20);
  CHECK(map.waiting() == 0);
}

TEMPLATE_TEST_CASE("a stop after the outcome changes nothing", "[3.8]", KINDS_OF_STOP_SOURCE) {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  TestType source;
  support::waiter any([&] { return map.wait_any({1, 2}, source.get_token()); });
  support::waiter all([&] { return map.wait_all({1, 2}, source.get_token()); });
  map.insert(1, 10);
  map.insert(2, 20);
  source.request_stop();
  executor.run_all();
  REQUIRE((any.has_result() && all.has_result()));
  CHECK(any.result().index == 0);
  CHECK(*all.result()[0] == 10);
  CHECK(*all.result()[1] == 20);
}

TEMPLATE_TEST_CASE("a stop may come when the map is gone and the coroutine is not resumed yet",
                   "[3.3][3.8]", KINDS_OF_STOP_SOURCE) {
  support::manual_executor executor;
  std::optional<support::manual_map<int, int>> map(std::in_place, executor.get_resumer());
  TestType source;
  support::waiter any([&] { return map->wait_any({1, 2}, source.get_token()); });
  support::waiter all([&] { return map->wait_all({1, 2}, source.get_token()); });
  map->insert(1, 10);
  map.reset();
  source.request_stop();
  CHECK(executor.run_all() == 2);
  REQUIRE((any.has_result() && all.has_result()));
  CHECK(any.result().index == 0);
  CHECK(*all.result()[0] == 10);
  CHECK(all.result()[1].status() == wait_status::closed);
}

TEST_CASE("a group that has ended keeps no stop callback", "[3.8]") {
  map_type map;
  support::own_stop_source source;
  {
    support::waiter any([&] { return map.wait_any({1, 2}, source.get_token()); });
    support::waiter all([&] { return map.wait_all({1, 2}, source.get_token()); });
    CHECK(source.callbacks() == 2);
    map.insert(1, 10);
    CHECK(source.callbacks() == 1);
  }
  CHECK(source.callbacks() == 0);
  CHECK(map.waiting() == 0);
}

}  // namespace stopped_group_test
