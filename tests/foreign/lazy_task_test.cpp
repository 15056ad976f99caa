// A lazy task with symmetric transfer awaits the map's operations as they are.
#include <optional>
#include <stdexcept>
#include <string>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "foreign/lazy_task.hpp"
#include "support/catch.hpp"

namespace lazy_task_test {

using foreign::lazy_task;
using map_type = waitmap::wait_map<std::string, int>;

lazy_task<int> add(map_type& map) {
  auto left = co_await map.wait("left");
  auto right = co_await map.take("right");
  co_return left.value() + right.value();
}

lazy_task<int> twice(map_type& map) {
  auto once = co_await add(map);
  co_return 2 * once;
}

lazy_task<int> compute(map_type& map) {
  auto go = co_await map.wait("go");
  if (!go) throw std::runtime_error("no value");
  co_return *go;
}

TEST_CASE("nested lazy tasks wait and take", "[6.5]") {
  map_type map;
  auto task = twice(map);
  CHECK(map.waiting() == 0);  // not begun
  task.start();
  map.insert("left", 1);
  CHECK(map.waiting("right") == 1);
  map.insert("right", 2);
  REQUIRE(task.done());
  CHECK(task.await_resume() == 6);
  CHECK_FALSE(map.contains("right"));
}

TEST_CASE("a lazy task that is destroyed while it waits leaves the map", "[3.6]") {
  map_type map;
  {
    auto task = twice(map);
    task.start();
    CHECK(map.waiting() == 1);
  }
  CHECK(map.waiting() == 0);
}

TEST_CASE("get_or_compute returns the lazy task of its factory", "[4.2]") {
  map_type map;
  const auto factory = [&map] { return compute(map); };
  lazy_task<int> leader = waitmap::get_or_compute(map, "key", factory);
  lazy_task<int> follower = waitmap::get_or_compute(map, "key", factory);
  leader.start();
  follower.start();
  map.insert("go", 7);
  REQUIRE(leader.done());
  REQUIRE(follower.done());
  CHECK(leader.await_resume() == 7);
  CHECK(follower.await_resume() == 7);
}

TEST_CASE("a failure passes through lazy tasks", "[4]") {
  map_type map;
  auto task = twice(map);
  task.start();
  map.fail("left", std::make_exception_ptr(std::out_of_range("left")));
  REQUIRE(task.done());
  CHECK_THROWS_AS(task.await_resume(), std::out_of_range);
}

}  // namespace lazy_task_test
