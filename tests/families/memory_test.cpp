// What a sender, and a coroutine that its parent may stop, cost: no memory but what the map's table takes.
#include <optional>
#include <utility>

#include <wait_map/execution.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/own_stop_source.hpp"
#include "support/receiver.hpp"
#include "support/structured.hpp"

namespace memory_test {

using map_type = waitmap::wait_map<int, int>;
using source_type = support::own_stop_source;

template <class Result, class Begin>
std::size_t allocations(Begin begin) {
  map_type map(waitmap::options{.capacity = 100, .shards = 1});
  support::completion<Result> got;
  const std::size_t before = support::allocated::calls();
  auto state = begin(map).connect(support::receiver<Result>(got));
  state.start();
  map.insert(1, 10);
  const std::size_t made = support::allocated::calls() - before;
  REQUIRE(got.value);
  return made;
}

TEST_CASE("a sender for one key allocates nothing", "[5.7]") {
  CHECK(allocations<std::optional<int>>([](auto& map) { return waitmap::async_wait(map, 1); }) ==
        0);
  CHECK(allocations<std::optional<int>>([](auto& map) { return waitmap::async_take(map, 1); }) ==
        0);
  CHECK(allocations<std::optional<int>>([](auto& map) {
          return waitmap::async_wait_with(map, 1, [](int value) { return value; });
        }) == 0);
  CHECK(allocations<waitmap::wait_outcome<int>>(
            [](auto& map) { return waitmap::async_wait_result(map, 1); }) == 0);
}

// The vector of the keys, and the group.
TEST_CASE("a sender for several keys allocates once for all", "[5.7]") {
  CHECK(allocations<waitmap::first_outcome<int>>(
            [](auto& map) { return waitmap::async_wait_any(map, std::vector<int>{1, 2}); }) == 2);
}

support::structured<int> await(source_type::token, map_type& map, std::size_t& before) {
  before = support::allocated::calls();
  auto value = co_await map.wait(1);
  co_return *value;
}

TEST_CASE("a coroutine that its parent may stop allocates nothing more", "[5.6]") {
  map_type map(waitmap::options{.capacity = 100, .shards = 1});
  source_type parent;
  std::size_t before = 0;
  const auto waiting = await(source_type::token(), map, before);
  map.insert(1, 10);
  CHECK(support::allocated::calls() == before);
  CHECK(waiting.result() == 10);
}

}  // namespace memory_test
