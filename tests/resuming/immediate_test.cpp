#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/maps.hpp"
#include "support/spawn.hpp"

namespace immediate_test {

using map_type = support::map_with<support::immediate_policy>;
using log_type = std::vector<std::string>;

support::owned wait_and_log(map_type& map, int key, std::string name, log_type& log) {
  auto value = co_await map.wait(key);
  log.push_back(name + (value ? " gets a value" : " gets nothing"));
}

support::owned wait_and_insert(map_type& map, int key, std::string name, log_type& log) {
  auto value = co_await map.wait(key);
  log.push_back(name + " inserts");
  map.insert(key + 1, value.value_or(-1));
  log.push_back(name + " has inserted");
}

TEST_CASE("immediate_resumer resumes nested, before the nested insert returns", "[5.4]") {
  map_type map;
  log_type log;
  const auto a = wait_and_insert(map, 1, "a", log);
  const auto b = wait_and_log(map, 1, "b", log);
  const auto c = wait_and_log(map, 2, "c", log);
  map.insert(1, 10);
  CHECK(log == log_type{"a inserts", "c gets a value", "a has inserted", "b gets a value"});
}

}  // namespace immediate_test
