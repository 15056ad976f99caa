// g++ 12 destroys twice what stands in a conditional expression with co_await, and in braces with co_await.
// Written with if, and with names, everything is destroyed once.
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"
#include "traps/awaits.hpp"

namespace choices_test {

using map_type = waitmap::wait_map<int, int>;
using traps::owner;

support::detached choose(map_type& map, bool first, int& alive, int& got) {
  const owner mine(alive);
  std::optional<int> value;
  if (first) {
    value = co_await map.wait(1);
  } else {
    value = co_await map.take(2);
  }
  got += *value * *mine;
}

struct pair_of {
  std::optional<int> first;
  std::optional<int> second;
};

support::detached collect(map_type& map, int& alive, int& got) {
  const owner mine(alive);
  auto first = co_await map.wait(1);
  auto second = co_await map.wait(2);
  const pair_of both{first, second};
  got += *both.first + *both.second * *mine;
}

TEST_CASE("a wait chosen by an if ends as it should", "[6.7]") {
  int alive = 0, got = 0;
  map_type map;
  choose(map, true, alive, got);
  choose(map, false, alive, got);
  CHECK(alive == 2);
  map.insert(1, 1);
  map.insert(2, 10);
  CHECK(got == 77);
  CHECK(alive == 0);
}

TEST_CASE("two waits collected by name end as they should", "[6.7]") {
  int alive = 0, got = 0;
  map_type map;
  collect(map, alive, got);
  map.insert(1, 1);
  map.insert(2, 2);
  CHECK(got == 15);
  CHECK(alive == 0);
}

}  // namespace choices_test
