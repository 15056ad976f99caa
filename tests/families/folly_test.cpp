// folly's coroutines, which hand their token to what they await.
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/folly_shape.hpp"
#include "support/manual_executor.hpp"
#include "support/operations.hpp"
#include "support/race.hpp"

namespace folly_test {

using map_type = waitmap::wait_map<int, int>;
using task = folly::coro::Task<bool>;
using support::manual_executor;

template <class Operation>
task await(manual_executor&, folly::CancellationToken, map_type& map) {
  auto result = co_await Operation::begin(map);
  co_return Operation::got_ten(result);
}
template <class Operation>
task await_lvalue(manual_executor&, folly::CancellationToken, map_type& map) {
  auto operation = Operation::begin(map);
  auto result = co_await operation;
  co_return Operation::got_ten(result);
}

TEMPLATE_TEST_CASE("a cancellation of the parent ends every kind of wait by folly's exception",
                   "[5.6]", EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  manual_executor home;
  const folly::CancellationSource source;
  const task rvalue = await<TestType>(home, source.getToken(), map);
  const task lvalue = await_lvalue<TestType>(home, source.getToken(), map);
  REQUIRE(map.waiting() >= 2);
  source.requestCancellation();
  CHECK(map.waiting() == 0);
  CHECK(home.run_all() == 2);
  CHECK(rvalue.was_cancelled());
  CHECK(lvalue.was_cancelled());
  CHECK(source.callbacks() == 0);
}

TEMPLATE_TEST_CASE("a value comes home to the executor of folly's task", "[5.6]", EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  manual_executor home;
  const folly::CancellationSource source;
  const task waiting = await<TestType>(home, source.getToken(), map);
  const task without = await_lvalue<TestType>(home, folly::CancellationToken(), map);
  support::insert_both(map);
  if (TestType::takes) support::insert_both(map);
  CHECK(!waiting.result());
  CHECK(home.run_all() == 2);
  CHECK(waiting.result() == true);
  CHECK(without.result() == true);
  source.requestCancellation();
  CHECK(waiting.result() == true);
}

TEMPLATE_TEST_CASE(
    "a cancellation that came before, and one that races with the value, end the wait once",
    "[5.6][3.5]", EVERY_OPERATION) {
  int wrong = 0;
  for (int round = 0; round < 200; ++round) {
    map_type map;
    auto claim = map.try_claim(1);
    manual_executor home;
    const folly::CancellationSource source;
    std::optional<task> waiting;
    if (round % 2 == 0) source.requestCancellation();
    support::race([&] { waiting.emplace(await<TestType>(home, source.getToken(), map)); },
                  [&] { source.requestCancellation(); }, [&] { support::insert_both(map); });
    home.run_all();
    wrong += waiting->was_cancelled() == waiting->result().has_value();
    wrong += map.size() != (TestType::takes && waiting->result() == true ? 1u : 2u);
    wrong += map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

}  // namespace folly_test
