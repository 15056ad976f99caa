// `get` on a key that was only waited for said "present", and then panicked.
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace only_waited_for_test {

TEST_CASE("a key that is only waited for is absent to those who read it", "[1.4]") {
  waitmap::wait_map<std::string, int> map;
  support::noted<int> note;
  const auto waiter = support::observe(map, "key", note);
  CHECK_FALSE(map.get("key").has_value());
  CHECK_FALSE(map.contains("key"));
  CHECK(map.empty());
  map.cancel("key");
  CHECK_FALSE(map.get("key").has_value());
}

}  // namespace only_waited_for_test
