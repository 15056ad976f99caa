// A wait that names where its coroutine goes on.
#include <coroutine>
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/last_words.hpp"
#include "support/manual_executor.hpp"
#include "support/operations.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"
#include "support/spawn.hpp"
#include "support/structured.hpp"

namespace via_test {

using map_type = waitmap::wait_map<int, int>;
using support::manual_executor;

template <class Operation, class Map>
support::owned await(Map& map, manual_executor& home, std::optional<bool>& got) {
  auto result = co_await Operation::begin(map).via(home.get_resumer());
  got = Operation::got_ten(result);
}
template <class Operation, class Map>
support::owned await_lvalue(Map& map, manual_executor& home, std::optional<bool>& got) {
  auto operation = Operation::begin(map);
  auto result = co_await operation.via(home.get_resumer());
  got = Operation::got_ten(result);
}

TEMPLATE_TEST_CASE("every kind of wait goes on where it says", "[5.5]", EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  manual_executor home, other;
  std::optional<bool> got, got_lvalue;
  const auto waiting = await<TestType>(map, home, got);
  const auto lvalue = await_lvalue<TestType>(map, other, got_lvalue);
  support::insert_both(map);
  if (TestType::takes) support::insert_both(map);  // one for each
  CHECK(home.queued() == 1);
  CHECK(other.queued() == 1);
  CHECK(!got);
  home.run_all();
  CHECK(got == true);
  CHECK(!got_lvalue);
  other.run_all();
  CHECK(got_lvalue == true);
}

TEMPLATE_TEST_CASE("the map's own resumer is not asked as well", "[5.5]", EVERY_OPERATION) {
  manual_executor of_map, home;
  support::manual_map<int, int> map(of_map.get_resumer());
  auto claim = map.try_claim(1);
  std::optional<bool> got;
  const auto waiting = await<TestType>(map, home, got);
  support::insert_both(map);
  CHECK(of_map.queued() == 0);
  CHECK(home.run_all() == 1);
  CHECK(got == true);
}

TEST_CASE("two loops that share a map each come home", "[5.5]") {
  map_type map;
  manual_executor first, second;
  std::optional<bool> got_first, got_second;
  const auto one = await<support::waits>(map, first, got_first);
  const auto two = await<support::waits>(map, second, got_second);
  CHECK(map.insert(1, 10).resumed == 2);
  CHECK(first.run_all() == 1);
  CHECK(got_first == true);
  CHECK(!got_second);
  CHECK(second.run_all() == 1);
  CHECK(got_second == true);
}

TEMPLATE_TEST_CASE("a wait that ends at once asks nobody", "[5.5]", EVERY_OPERATION) {
  map_type map;
  support::insert_both(map);
  manual_executor home;
  std::optional<bool> got;
  const auto waiting = await<TestType>(map, home, got);
  CHECK(got == true);
  CHECK(home.queued() == 0);
}

TEMPLATE_TEST_CASE("a coroutine that would go on elsewhere is destroyed while it waits",
                   "[5.5][3.6]", EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  manual_executor home;
  std::optional<bool> got;
  {
    const auto waiting = await<TestType>(map, home, got);
    CHECK(map.waiting() != 0);
  }
  CHECK(map.waiting() == 0);
  support::insert_both(map);
  CHECK(home.queued() == 0);
}

template <class Operation>
support::structured<bool> await_structured(support::own_stop_source::token, map_type& map,
                                           manual_executor& home) {
  auto result = co_await Operation::begin(map).via(home.get_resumer());
  co_return Operation::got_ten(result);
}

TEMPLATE_TEST_CASE("a coroutine that its parent stopped is told so where the wait says",
                   "[5.5][5.6]", EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  support::own_stop_source parent;
  manual_executor home;
  const auto stopped = await_structured<TestType>(parent.get_token(), map, home);
  parent.request_stop();
  CHECK(stopped.is_pending());
  CHECK(home.run_all() == 1);
  CHECK(stopped.was_stopped());

  support::own_stop_source other;
  const auto served = await_structured<TestType>(other.get_token(), map, home);
  support::insert_both(map);
  CHECK(home.run_all() == 1);
  CHECK(served.result() == true);
}

// What says so lies beside what others read of a subscription that is registered.
TEST_CASE("a subscription is told where to go on while its value arrives", "[5.5][3.2]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    manual_executor of_map, home;
    support::manual_map<int, int> map(of_map.get_resumer());
    std::optional<bool> got;
    std::optional<support::owned> waiting;
    support::race(
        [&] { waiting.emplace(await<support::subscribes_to_take>(map, home, got)); },
        [&] {
          // Stored before the other subscribes, or taken when it does, or handed to it.
          while (map.insert(1, 10).outcome == waitmap::insert_outcome::inserted && map.erase(1)) {
          }
        });
    wrong += of_map.run_all() != 0;
    home.run_all();
    wrong += got != true;
  }
  CHECK(wrong == 0);
}

TEST_CASE("an executor that will not run a coroutine destroys it", "[5.5]") {
  map_type map;
  std::optional<bool> got;
  const auto destroy = [](std::coroutine_handle<> dropped) { dropped.destroy(); };
  const auto await_dropped = [](map_type& on, auto resumer, auto& result) -> support::detached {
    struct note_end {
      std::optional<bool>& result;
      ~note_end() { result = false; }
    } const noted{result};
    auto value = co_await on.wait(1).via(resumer);
    result = value.has_value();
  };
  await_dropped(map, destroy, got);
  map.insert(1, 10);
  CHECK(got == false);
}

TEST_CASE("a resumer of one wait that throws ends the program", "[5.5][5.2]") {
  const std::string words = support::last_words([] {
    map_type map;
    const auto throws = [](std::coroutine_handle<>) { throw 5; };
    const auto await_thrown = [](map_type& on, auto resumer) -> support::detached {
      (void)co_await on.wait(1).via(resumer);
    };
    await_thrown(map, throws);
    map.insert(1, 10);
  });
  CHECK(words.find("terminat") != std::string::npos);
}

}  // namespace via_test
