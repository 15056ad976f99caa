#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace trampoline_test {

using map_type = waitmap::wait_map<int, int>;
using log_type = std::vector<std::string>;

support::owned wait_and_log(map_type& map, int key, std::string name, log_type& log) {
  auto value = co_await map.wait(key);
  log.push_back(name + (value ? " gets a value" : " gets nothing"));
}

support::owned wait_and_insert(map_type& map, map_type& into, int key, std::string name,
                               log_type& log) {
  auto value = co_await map.wait(key);
  log.push_back(name + " inserts");
  into.insert(key + 1, value.value_or(-1));
  log.push_back(name + " has inserted");
}

TEST_CASE("what a resumed coroutine ends is queued behind those who wait to be resumed", "[5.3]") {
  map_type map;
  log_type log;
  const auto a = wait_and_insert(map, map, 1, "a", log);
  const auto b = wait_and_log(map, 1, "b", log);
  const auto c = wait_and_insert(map, map, 2, "c", log);
  const auto d = wait_and_log(map, 2, "d", log);
  const auto e = wait_and_log(map, 3, "e", log);
  map.insert(1, 10);
  log.push_back("the outermost insert returns");
  CHECK(log == log_type{"a inserts", "a has inserted", "b gets a value", "c inserts",
                        "c has inserted", "d gets a value", "e gets a value",
                        "the outermost insert returns"});
}

TEST_CASE("one thread's queue serves all maps", "[5.3]") {
  map_type one, other;
  log_type log;
  const auto a = wait_and_insert(one, other, 1, "a", log);
  const auto b = wait_and_log(one, 1, "b", log);
  const auto c = wait_and_log(other, 2, "c", log);
  one.insert(1, 10);
  CHECK(log == log_type{"a inserts", "a has inserted", "b gets a value", "c gets a value"});
}

support::owned wait_and_cancel(map_type& map, log_type& log) {
  auto value = co_await map.wait(1);
  log.push_back("cancels " + std::to_string(map.cancel(2)));
  log.push_back("closes " + std::to_string(map.close()));
  (void)value;
}

TEST_CASE("a nested call returns its exact count before its waiters are resumed", "[5.3][3.2]") {
  map_type map;
  log_type log;
  const auto a = wait_and_cancel(map, log);
  const auto b = wait_and_log(map, 2, "b", log);
  const auto c = wait_and_log(map, 3, "c", log);
  map.insert(1, 10);
  CHECK(log == log_type{"cancels 1", "closes 1", "b gets nothing", "c gets nothing"});
}

support::owned destroy_map(map_type*& victim, map_type& trigger, log_type& log) {
  auto value = co_await trigger.wait(1);
  (void)value;
  delete victim;
  victim = nullptr;
  log.push_back("the map is gone");
}

TEST_CASE("the waiters of a map that a resumed coroutine destroys are resumed after it is gone",
          "[5.3][4]") {
  map_type trigger;
  auto* victim = new map_type;
  log_type log;
  const auto a = destroy_map(victim, trigger, log);
  const auto b = wait_and_log(*victim, 1, "b", log);
  trigger.insert(1, 10);
  CHECK(log == log_type{"the map is gone", "b gets nothing"});
}

}  // namespace trampoline_test
