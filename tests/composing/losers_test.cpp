// The waits that lost are over before the coroutine resumes.
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/own_stop_source.hpp"
#include "support/spawn.hpp"
#include "support/waiter.hpp"

namespace losers_test {

using map_type = waitmap::wait_map<int, int>;
using waitmap::insert_outcome;

template <class Map>
support::owned look_after_any(Map& map, std::size_t& still_waiting) {
  auto operation = map.wait_any({1, 2, 3});
  auto first = co_await operation;
  (void)first;
  still_waiting = map.waiting();
}

constexpr std::size_t unknown = 99;

TEST_CASE("when wait_any resumes, nobody waits for the other keys", "[3]") {
  map_type map;
  std::size_t still_waiting = unknown;
  const auto waiter = look_after_any(map, still_waiting);
  map.insert(2, 20);
  CHECK(still_waiting == 0);
}

TEST_CASE("when wait_any resumes at once, it has left the keys before", "[3]") {
  map_type map;
  std::size_t still_waiting = unknown;
  map.insert(3, 30);
  const auto waiter = look_after_any(map, still_waiting);
  CHECK(still_waiting == 0);
}

TEST_CASE("when an executor gets wait_any's coroutine, nobody waits for the other keys", "[3]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  support::waiter any([&] { return map.wait_any({1, 2, 3}); });
  map.insert(2, 20);
  CHECK(executor.queued() == 1);
  CHECK(map.waiting() == 0);
  CHECK(map.insert(1, 10) == waitmap::insert_result{insert_outcome::inserted, 0});
  CHECK(executor.run_all() == 1);
  REQUIRE(any.has_result());
  CHECK(any.result().index == 1);
}

TEST_CASE("a value for a key that lost is stored, not given to the dead wait", "[3][3.2]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  support::waiter any([&] { return map.take_any({1, 2}); });
  CHECK(map.insert(1, 10).outcome == insert_outcome::handed_off);
  CHECK(map.insert(2, 20).outcome == insert_outcome::inserted);
  CHECK(map.deliver(1, 11).outcome == insert_outcome::no_waiter);
  executor.run_all();
  CHECK(any.result().index == 0);
  CHECK(*any.result().outcome == 10);
  CHECK(map.get(2) == 20);
}

// Within one resumption loop: both inserts come before the coroutine runs.
TEST_CASE("a coroutine that inserts two keys of a wait_any gives it the first", "[3][5.3]") {
  map_type map;
  support::waiter any([&] { return map.take_any({1, 2}); });
  insert_outcome first{}, second{};
  const auto inserter = [](map_type& in, insert_outcome& one,
                           insert_outcome& two) -> support::owned {
    auto go = co_await in.wait(0);
    (void)go;
    one = in.insert(2, 20).outcome;
    two = in.insert(1, 10).outcome;
  }(map, first, second);
  map.insert(0, 0);
  CHECK(first == insert_outcome::handed_off);
  CHECK(second == insert_outcome::inserted);
  REQUIRE(any.has_result());
  CHECK(any.result().index == 1);
}

TEST_CASE("after a stop nobody waits, before the coroutine runs", "[3][3.8]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  support::own_stop_source source;
  support::waiter any([&] { return map.wait_any({1, 2}, source.get_token()); });
  support::waiter all([&] { return map.wait_all({1, 2}, source.get_token()); });
  source.request_stop();
  CHECK(executor.queued() == 2);
  CHECK(map.waiting() == 0);
  executor.run_all();
  CHECK((any.has_result() && all.has_result()));
}

TEST_CASE("a key that only a loser waited for has no slot", "[3][1.4]") {
  map_type map(waitmap::options{.capacity = 0, .shards = 1});
  map.insert(-1, 0);
  for (int key = 0; key < 10'000; ++key) {
    support::waiter any([&] { return map.wait_any({key, -2}); });
    map.deliver(-2, 0);
  }
  CHECK(map.capacity() < 100);
}

}  // namespace losers_test
