// Newer g++ miscompiles a structured binding on a co_await in a loop, and a coroutine that is destroyed inside
// await_suspend. Named, the value arrives; and a wait is never resumed or destroyed inside its await_suspend.
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace loops_test {

using map_type = waitmap::wait_map<int, std::pair<int, int>>;

support::detached sum_pairs(map_type& map, int rounds, int& sum) {
  for (int i = 0; i < rounds; ++i) {
    auto value = co_await map.take(i);
    const auto& [first, second] = *value;
    sum += first * second;
  }
}

// Its wait is over when it begins: no frame is suspended, nothing is resumed from within.
support::detached ready_at_once(map_type& map, int rounds, int& sum) {
  for (int i = 0; i < rounds; ++i) {
    map.insert(i, std::pair(1, i));
    auto value = co_await map.take(i);
    sum += value->second;
  }
}

TEST_CASE("pairs awaited in a loop arrive whole", "[6.7]") {
  map_type map;
  int sum = 0;
  sum_pairs(map, 100, sum);
  for (int i = 0; i < 100; ++i) map.insert(i, std::pair(i, 2));
  CHECK(sum == 9900);
}

TEST_CASE("waits that end at once go round without stack or frame trouble", "[6.7]") {
  map_type map;
  int sum = 0;
  ready_at_once(map, 10'000, sum);
  CHECK(sum == 49'995'000);
}

}  // namespace loops_test
