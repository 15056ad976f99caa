// There was no close: after a shutdown a late wait hung for ever, and nobody could see who waited
// for what.
#include <source_location>
#include <span>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace shutdown_test {

TEST_CASE("a wait that begins after the shutdown ends at once", "[4]") {
  waitmap::wait_map<std::string, int> map;
  support::noted<int> early, late;
  const auto one = support::observe(map, "key", early);
  CHECK(map.close() == 1);
  CHECK(early.got_nothing());
  const auto two = support::observe(map, "key", late);
  CHECK(late.got_nothing());
}

TEST_CASE("a map tells who waits for what, and where", "[3]") {
  waitmap::wait_map<std::string, int> map;
  support::noted<int> note;
  const auto one = support::observe(map, "key", note);
  const auto two = support::take(map, "key", note);
  std::string key;
  std::size_t waiters = 0, here = 0;
  map.for_each_waiting(
      [&](const std::string& waited, std::span<const std::source_location> places) {
        key = waited;
        waiters = places.size();
        for (const auto& place : places) {
          here += std::string(place.file_name()).find("noted.hpp") != std::string::npos;
        }
      });
  CHECK(key == "key");
  CHECK(waiters == 2);
  CHECK(here == 2);
}

}  // namespace shutdown_test
