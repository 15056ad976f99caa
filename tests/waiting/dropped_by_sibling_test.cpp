#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/maps.hpp"
#include "support/spawn.hpp"

namespace dropped_by_sibling_test {

// When resumed, destroys those whose turn it is.
template <class Map>
support::owned wait_and_destroy(Map& map, std::vector<support::owned>& tasks, unsigned victims,
                                std::vector<int>& resumed, int number) {
  auto value = co_await map.wait(1);
  resumed.push_back(value.value_or(-1) + number);
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if ((victims >> i & 1) != 0) tasks[i].destroy();
  }
}

// The first to be resumed destroys every subset of two to seven siblings, decided but not yet
// resumed.
TEMPLATE_TEST_CASE("a frame destroyed by a sibling that the same insert resumed is not resumed",
                   "[3.6]", waitmap::default_policy, support::immediate_policy,
                   support::calling_thread_policy, waitmap::single_threaded_policy) {
  int runs = 0, wrong = 0;
  for (unsigned count = 2; count <= 7; ++count) {
    for (unsigned victims = 0; victims < 1u << count; victims += 2) {  // never itself
      support::map_with<TestType> map;
      std::vector<int> resumed, expected;
      std::vector<support::owned> tasks;
      for (unsigned i = 0; i < count; ++i) {
        tasks.push_back(
            wait_and_destroy(map, tasks, i == 0 ? victims : 0, resumed, static_cast<int>(i)));
        if ((victims >> i & 1) == 0) expected.push_back(10 + static_cast<int>(i));
      }
      const auto inserted = map.insert(1, 10);
      wrong += inserted.resumed != count || resumed != expected || map.waiting() != 0;
      ++runs;
    }
  }
  CHECK(runs == 2 + 4 + 8 + 16 + 32 + 64);
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("a frame destroyed by a sibling that the same cancel resumed is not resumed",
                   "[3.6]", waitmap::default_policy, support::immediate_policy,
                   support::calling_thread_policy) {
  support::map_with<TestType> map;
  std::vector<int> resumed;
  std::vector<support::owned> tasks;
  tasks.push_back(wait_and_destroy(map, tasks, 0b1010, resumed, 0));
  for (int i = 1; i < 5; ++i) tasks.push_back(wait_and_destroy(map, tasks, 0, resumed, i));
  SECTION("cancel") { CHECK(map.cancel(1) == 5); }
  SECTION("cancel_all") { CHECK(map.cancel_all() == 5); }
  SECTION("close") { CHECK(map.close() == 5); }
  CHECK(resumed == std::vector<int>{-1, 1, 3});
}

support::owned wait_then_insert(waitmap::wait_map<int, int>& map, int next) {
  auto value = co_await map.wait(1);
  if (value) map.insert(next, *value);
}

support::owned wait_then_drop(waitmap::wait_map<int, int>& map, support::owned& victim) {
  auto value = co_await map.wait(1);
  if (value) victim.destroy();
}

support::owned wait_and_count(waitmap::wait_map<int, int>& map, int key, int& count) {
  auto value = co_await map.wait(key);
  count += value.has_value();
}

TEST_CASE("a frame that a nested insert has queued may be destroyed", "[3.6][5.3]") {
  waitmap::wait_map<int, int> map;
  int count = 0;
  support::owned victim, neighbour;
  const auto first = wait_then_insert(map, 2);
  const auto second = wait_then_drop(map, victim);
  victim = wait_and_count(map, 2, count);
  neighbour = wait_and_count(map, 2, count);
  map.insert(1,
             10);  // the first queues the victim and its neighbour, the second destroys the victim
  CHECK(count == 1);
  CHECK(neighbour.done());
}

}  // namespace dropped_by_sibling_test
