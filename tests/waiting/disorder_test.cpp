// Waiters whose frames lie in another order than they wait in. Each notes one that stands some places behind it; that
// one may be gone when it is looked for.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/maps.hpp"
#include "support/spawn.hpp"

namespace disorder_test {

// Frames are made in one order, and begin to wait in another. When resumed, destroys one of the others.
template <class Map>
support::owned start_later(Map& map, std::vector<support::owned>& tasks, std::size_t number,
                           std::size_t victim, std::vector<std::size_t>& resumed, int& wrong) {
  auto go_on = co_await map.wait(static_cast<int>(100 + number));
  static_cast<void>(go_on);
  auto value = co_await map.wait(1);
  wrong += value != std::optional(10);
  resumed.push_back(number);
  if (victim < tasks.size()) tasks[victim].destroy();
}

TEMPLATE_TEST_CASE("waiters in any order in memory get the value in the order in which they wait",
                   "[3.4][3.6]", waitmap::default_policy, support::immediate_policy,
                   support::calling_thread_policy, waitmap::single_threaded_policy) {
  int wrong = 0;
  for (std::size_t count = 1; count <= 70; ++count) {
    // Nobody is destroyed; or each destroys the one so many places behind it.
    for (const std::size_t behind : {0u, 1u, 7u, 8u, 9u, 16u}) {
      std::vector<std::size_t> order(count);
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::shuffle(order.begin(), order.end(), std::mt19937(static_cast<unsigned>(count)));

      support::map_with<TestType> map;
      std::vector<support::owned> tasks;
      std::vector<std::size_t> resumed;
      std::vector<std::size_t> victims(count, count);
      for (std::size_t i = 0; behind != 0 && i + behind < count; ++i)
        victims[order[i]] = order[i + behind];
      for (std::size_t n = 0; n != count; ++n)
        tasks.push_back(start_later(map, tasks, n, victims[n], resumed, wrong));
      for (const std::size_t n : order) map.insert(static_cast<int>(100 + n), 0);
      const auto inserted = map.insert(1, 10);
      wrong += inserted.resumed != count;

      std::vector<std::size_t> expected;
      std::vector<bool> gone(count, false);
      for (const std::size_t n : order) {
        if (gone[n]) continue;
        expected.push_back(n);
        if (victims[n] < count) gone[victims[n]] = true;
      }
      wrong += resumed != expected;
    }
  }
  CHECK(wrong == 0);
}

support::owned wait_once(waitmap::wait_map<int, std::string>& map, std::size_t number,
                         std::vector<std::size_t>& resumed, int& wrong) {
  auto value = co_await map.wait(1);
  wrong += value != std::optional<std::string>("the value that all of them get");
  resumed.push_back(number);
}

TEST_CASE("so do they where copies of the value may throw", "[3.4]") {
  int wrong = 0;
  for (std::size_t count = 1; count <= 30; ++count) {
    waitmap::wait_map<int, std::string> map;
    std::vector<support::owned> tasks;
    std::vector<std::size_t> resumed, expected;
    for (std::size_t n = 0; n != count; ++n) {
      tasks.push_back(wait_once(map, n, resumed, wrong));
      expected.push_back(n);
    }
    const auto inserted = map.insert(1, "the value that all of them get");
    wrong += inserted.resumed != count || resumed != expected || map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

}  // namespace disorder_test
