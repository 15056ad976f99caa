// Operations that are moved before they are awaited.
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/last_words.hpp"
#include "support/operations.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

namespace moved_test {

using map_type = waitmap::wait_map<int, int>;
using source_type = support::own_stop_source;

// Awaits an operation that lives in the coroutine, so that its result is what its type says.
template <class Kind, class Operation>
support::owned await(Operation operation, std::optional<bool>& got_ten) {
  auto result = co_await operation;
  got_ten = Kind::got_ten(result);
}

TEMPLATE_TEST_CASE("every kind of wait can be moved until it is awaited", "[3.13]",
                   EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  auto first = TestType::begin(map);
  auto second = std::move(first);
  auto third = std::move(second);
  std::optional<bool> got;
  const auto waiting = await<TestType>(std::move(third), got);
  support::insert_both(map);
  CHECK(got == true);
  CHECK(map.size() == (TestType::takes ? 1u : 2u));
}

TEMPLATE_TEST_CASE("a wait that was moved is stopped by its token", "[3.13][3.8]",
                   EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  source_type source;
  std::optional<bool> got;
  const auto waiting = await<TestType>(TestType::begin(map, source.get_token()), got);
  CHECK(source.callbacks() == 1);
  source.request_stop();
  CHECK(got == false);
  CHECK(map.waiting() == 0);
}

TEMPLATE_TEST_CASE("a wait that was moved away and one that was never awaited leave nothing",
                   "[3.13][3.10]", EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  {
    auto first = TestType::begin(map);
    const std::size_t waiting = map.waiting();
    const auto second = std::move(first);
    CHECK(map.waiting() == waiting);
  }
  CHECK(map.waiting() == 0);
}

// A copy from an lvalue is a move, as senders need it; a copy proper there is none.
TEMPLATE_TEST_CASE("a wait is not copied", "[3.13]", EVERY_OPERATION) {
  using operation = decltype(TestType::begin(std::declval<map_type&>()));
  STATIC_REQUIRE(std::is_move_constructible_v<operation>);
  STATIC_REQUIRE(std::is_constructible_v<operation, operation&>);
  STATIC_REQUIRE(!std::is_copy_constructible_v<operation>);
}

// A subscription stands in a list when it is moved: alone, first, in the middle, last.
TEST_CASE("a subscription that is moved keeps its place in the order", "[3.13][3.4]") {
  for (int moved = 0; moved < 3; ++moved) {
    map_type map;
    using taking = decltype(map.subscribe_take(1));
    std::vector<std::optional<taking>> takers;
    for (int i = 0; i < 3; ++i) {
      takers.emplace_back();
      takers.back().emplace(map.subscribe_take(1));  // the vector moves those before
    }
    taking elsewhere(std::move(*takers[static_cast<std::size_t>(moved)]));
    std::vector<int> got;
    for (int i = 0; i < 3; ++i) {
      map.insert(1, i);
      taking& next = i == moved ? elsewhere : *takers[static_cast<std::size_t>(i)];
      CHECK(next.await_ready());
      got.push_back(next.await_resume().value());
    }
    CHECK(got == std::vector<int>{0, 1, 2});
    CHECK(map.waiting() == 0);
  }
}

TEST_CASE("a subscription is moved when its outcome is decided, and when the map is gone",
          "[3.13][3.3]") {
  std::optional<map_type> map(std::in_place);
  auto value = map->subscribe(1);
  auto taken = map->subscribe_take(1);
  auto closed = map->subscribe(2);
  auto all = map->subscribe_all({1, 2});
  map->insert(1, 10);
  auto value_too = std::move(value);
  map.reset();
  auto value_here = std::move(value_too);
  auto taken_here = std::move(taken);
  auto closed_here = std::move(closed);
  auto all_here = std::move(all);
  CHECK(value_here.await_resume() == 10);
  CHECK(taken_here.await_resume() == 10);
  CHECK(!closed_here.await_resume());
  CHECK(all_here.await_resume().size() == 2);
}

TEST_CASE("a subscription that failed is moved with its exception", "[3.13][3.9]") {
  map_type map;
  auto failed = map.subscribe(1);
  map.fail(1, std::make_exception_ptr(5));
  auto here = std::move(failed);
  CHECK_THROWS_AS(here.await_resume(), int);
}

TEST_CASE("a subscription that is moved while a value arrives or its stop comes gets one of them",
          "[3.13][3.2]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    map_type map;
    source_type source;
    auto first = map.subscribe_take(1, source.get_token());
    std::optional<decltype(first)> second;
    support::race([&] { second.emplace(std::move(first)); }, [&] { map.insert(1, 10); },
                  [&] { source.request_stop(); });
    wrong += !second->await_ready();
    wrong += second->await_resume().has_value() == map.contains(1);
    wrong += map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a wait that was moved away cannot be awaited", "[3.13]") {
  const auto says = [](auto begin, const char* text) {
    return support::last_words([&] {
             map_type map;
             auto first = begin(map);
             const auto second = std::move(first);
             const auto await_moved = [](auto& operation) -> support::detached {
               (void)co_await operation;
             };
             await_moved(first);
           }).find(text) != std::string::npos;
  };
  CHECK(says([](map_type& map) { return map.wait(1); }, "after it was moved from"));
  CHECK(says([](map_type& map) { return map.subscribe(1); }, "moved or awaited after that"));
  CHECK(says([](map_type& map) { return map.wait_all({1, 2}); }, "after it was moved from"));
  CHECK(says([](map_type& map) { return map.subscribe_all({1, 2}); }, "after it was moved from"));
}

}  // namespace moved_test
