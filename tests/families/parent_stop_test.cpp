// A coroutine whose parent stops it, with a promise of std::execution's kind.
#include <atomic>
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/operations.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"
#include "support/structured.hpp"

namespace parent_stop_test {

using map_type = waitmap::wait_map<int, int>;
using source_type = support::own_stop_source;
using coroutine = support::structured<bool>;

// Somebody holds the claim of key 1, so that claim_or_wait() waits for it.
struct claimed_map : map_type {
  map_type::claim_type claim = try_claim(1);
};

template <class Operation, class Map, class... Token>
coroutine await(source_type::token, Map& map, Token... own) {
  auto result = co_await Operation::begin(map, own...);
  co_return Operation::got_ten(result);
}
template <class Operation, class Map>
coroutine await_lvalue(source_type::token, Map& map) {
  auto operation = Operation::begin(map);
  auto result = co_await operation;
  co_return Operation::got_ten(result);
}

TEMPLATE_TEST_CASE("a stop of the parent ends every kind of wait, and the coroutine as stopped",
                   "[5.6]", EVERY_OPERATION) {
  claimed_map map;
  source_type parent;
  const coroutine rvalue = await<TestType>(parent.get_token(), map);
  const coroutine lvalue = await_lvalue<TestType>(parent.get_token(), map);
  REQUIRE(rvalue.is_pending());
  REQUIRE(lvalue.is_pending());
  REQUIRE(map.waiting() >= 2);
  parent.request_stop();
  CHECK(rvalue.was_stopped());
  CHECK(lvalue.was_stopped());
  CHECK(map.waiting() == 0);
  support::insert_both(map);
  CHECK(map.size() == 2);
  CHECK(parent.callbacks() == 0);
}

TEMPLATE_TEST_CASE("what ends otherwise is not stopped by the parent, however late", "[5.6]",
                   EVERY_OPERATION) {
  claimed_map map;
  source_type parent;
  const coroutine waiting = await<TestType>(parent.get_token(), map);
  support::insert_both(map);
  CHECK(waiting.result() == true);
  CHECK(parent.callbacks() == 0);
  parent.request_stop();
  CHECK(waiting.result() == true);
}

TEMPLATE_TEST_CASE(
    "a parent that was stopped before ends the coroutine without suspending it twice", "[5.6]",
    EVERY_OPERATION) {
  claimed_map map;
  source_type parent;
  parent.request_stop();
  const coroutine waiting = await<TestType>(parent.get_token(), map);
  CHECK(waiting.was_stopped());
  CHECK(map.waiting() == 0);
}

TEMPLATE_TEST_CASE("where the value is there, a stop of the parent comes too late", "[5.6][3.1]",
                   EVERY_OPERATION) {
  claimed_map map;
  support::insert_both(map);
  source_type parent;
  parent.request_stop();
  const coroutine waiting = await<TestType>(parent.get_token(), map);
  CHECK(waiting.result() == true);
  CHECK(map.size() == (TestType::takes ? 1u : 2u));
}

TEMPLATE_TEST_CASE("a token that is given is heeded as well, and resumes the coroutine", "[5.6]",
                   EVERY_OPERATION) {
  claimed_map map;
  source_type parent, own;
  const coroutine waiting = await<TestType>(parent.get_token(), map, own.get_token());
  own.request_stop();
  CHECK(waiting.result() == false);
  CHECK(map.waiting() == 0);
  CHECK(parent.callbacks() == 0);

  const coroutine other = await<TestType>(parent.get_token(), map, source_type::token());
  parent.request_stop();
  CHECK(other.was_stopped());
}

TEMPLATE_TEST_CASE(
    "a stop of the parent that comes between the outcome and the resumption is too late",
    "[5.6][3.8]", EVERY_OPERATION) {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  auto claim = map.try_claim(1);
  source_type parent;
  const coroutine waiting = await<TestType>(parent.get_token(), map);
  support::insert_both(map);
  parent.request_stop();
  CHECK(waiting.is_pending());
  CHECK(executor.run_all() == 1);
  CHECK(waiting.result() == true);
}

TEMPLATE_TEST_CASE(
    "a coroutine that its parent stopped is told so where the map's waits are resumed",
    "[5.6][5.2]", EVERY_OPERATION) {
  support::manual_executor executor;
  std::optional<support::manual_map<int, int>> map(std::in_place, executor.get_resumer());
  std::optional claim(map->try_claim(1));
  source_type parent;
  const coroutine waiting = await<TestType>(parent.get_token(), *map);
  parent.request_stop();
  CHECK(waiting.is_pending());
  claim.reset();
  map.reset();
  CHECK(executor.run_all() == 1);
  CHECK(waiting.was_stopped());
}

TEMPLATE_TEST_CASE("a coroutine that could be stopped is destroyed while it waits", "[5.6][3.6]",
                   EVERY_OPERATION) {
  claimed_map map;
  source_type parent;
  {
    const coroutine waiting = await<TestType>(parent.get_token(), map);
    CHECK(map.waiting() != 0);
  }
  CHECK(map.waiting() == 0);
  CHECK(parent.callbacks() == 0);
  parent.request_stop();
}

// The parent's stop, the value, and the registration: each pair at the same time.
TEMPLATE_TEST_CASE("a stop of the parent that races with the value ends the wait once",
                   "[5.6][3.5]", EVERY_OPERATION) {
  int wrong = 0;
  for (int round = 0; round < 500; ++round) {
    claimed_map map;
    source_type parent;
    const coroutine waiting = await<TestType>(parent.get_token(), map);
    support::race([&] { parent.request_stop(); }, [&] { support::insert_both(map); });
    const bool got = waiting.result() == true;
    wrong += got == waiting.was_stopped();
    wrong += map.size() != (TestType::takes && got ? 1u : 2u);  // the value is not lost
    wrong += map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("a stop of the parent that races with the registration is not lost",
                   "[5.6][3.8]", EVERY_OPERATION) {
  int wrong = 0;
  for (int round = 0; round < 500; ++round) {
    claimed_map map;
    source_type parent, own;
    std::optional<coroutine> waiting;
    support::race(
        [&] { waiting.emplace(await<TestType>(parent.get_token(), map, own.get_token())); },
        [&] { parent.request_stop(); });
    wrong += !waiting->was_stopped() || map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("both stops and the value race, and one of them ends the wait", "[5.6][3.8]",
                   EVERY_OPERATION) {
  int wrong = 0;
  for (int round = 0; round < 500; ++round) {
    claimed_map map;
    source_type parent, own;
    std::optional<coroutine> waiting;
    support::race(
        [&] { waiting.emplace(await<TestType>(parent.get_token(), map, own.get_token())); },
        [&] { parent.request_stop(); }, [&] { own.request_stop(); },
        [&] { support::insert_both(map); });
    wrong += waiting->has_ended() == waiting->was_stopped();
    wrong += map.size() != (TestType::takes && waiting->result() == true ? 1u : 2u);
    wrong += map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

// As beman's task is: it comes home from senders alone, so it is left to await the operation as one.
struct homing_promise : coroutine::promise_type {
  using scheduler_type = int;
  scheduler_type change_scheduler(scheduler_type other) { return other; }
};
template <class Operation, class Promise>
concept awaited_for =
    requires(Operation& operation, Promise& promise) { operation.as_awaitable(promise); };

TEMPLATE_TEST_CASE("a task that comes home from senders alone gets no awaiter in their place",
                   "[5.6]", EVERY_OPERATION) {
  using operation = decltype(TestType::begin(std::declval<map_type&>()));
  STATIC_REQUIRE(awaited_for<operation, coroutine::promise_type>);
  STATIC_REQUIRE(!awaited_for<operation, homing_promise>);
}

struct throwing_hash : waitmap::default_hash<int> {
  bool* throws;
  std::size_t operator()(int key) const {
    if (*throws) throw 5;
    return waitmap::default_hash<int>::operator()(key);
  }
};
template <class Map>
support::structured<int> await_twice(source_type::token, Map& map, bool& throws) {
  auto operation = map.wait(1);
  int thrown = 0;
  try {
    (void)co_await operation;
  } catch (int error) {
    thrown = error;
  }
  throws = false;
  auto value = co_await operation;
  co_return thrown + *value;
}

TEST_CASE("a hash that throws leaves a wait that can be awaited again, and no callback",
          "[5.6][3.1]") {
  bool throws = true;
  waitmap::wait_map<int, int, throwing_hash> map(waitmap::options{}, throwing_hash{{}, &throws});
  source_type parent;
  const auto waiting = await_twice(parent.get_token(), map, throws);
  REQUIRE(waiting.is_pending());
  CHECK(parent.callbacks() == 1);
  map.insert(1, 10);
  CHECK(waiting.result() == 15);
}

}  // namespace parent_stop_test
