#include <source_location>
#include <sstream>
#include <string>

#include <wait_map/print_waiting.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/waiter.hpp"

namespace print_waiting_test {

using map_type = waitmap::wait_map<std::string, int>;

std::string printed(const map_type& map) {
  std::ostringstream out;
  waitmap::print_waiting(out, map);
  return out.str();
}

TEST_CASE("print_waiting prints nothing where nobody waits and nothing is claimed", "[3]") {
  map_type map;
  map.insert("present", 1);
  CHECK(printed(map).empty());
}

TEST_CASE("print_waiting writes each key, the number of its waiters and where they wait", "[3]") {
  map_type map;
  const auto here = std::source_location::current();
  support::waiter one([&] { return map.wait("key", {}, here); });
  const std::string place = "  at " + std::string(here.file_name()) + ":" +
                            std::to_string(here.line()) + " in " + here.function_name() + "\n";
  CHECK(printed(map) == "key: 1 waiter\n" + place);
  support::waiter two([&] { return map.wait("key", {}, here); });
  CHECK(printed(map) == "key: 2 waiters\n" + place + place);
}

TEST_CASE("print_waiting writes where a key was claimed", "[3][4.1]") {
  map_type map;
  const auto here = std::source_location::current();
  const auto claim = map.try_claim("key", here);
  const std::string place = std::string(here.file_name()) + ":" + std::to_string(here.line()) +
                            " in " + here.function_name() + "\n";
  CHECK(printed(map) == "key: 0 waiters\n  claimed at " + place);
  support::waiter one([&] { return map.wait("key", {}, here); });
  CHECK(printed(map) == "key: 1 waiter\n  claimed at " + place + "  at " + place);
}

}  // namespace print_waiting_test
