#include <source_location>
#include <span>
#include <string>
#include <vector>

#include "producing/compute.hpp"
#include "support/catch.hpp"

namespace follower_place_test {

TEST_CASE("a follower waits at the place where it asked", "[4.2][3]") {
  map_type map;
  workshop shop;
  support::waiter leader([&] { return waitmap::get_or_compute(map, 1, shop.factory()); });
  const unsigned line = std::source_location::current().line() + 1;
  support::waiter follower([&] { return waitmap::get_or_compute(map, 1, shop.factory()); });
  std::vector<unsigned> lines;
  std::string file;
  map.for_each_waiting([&](int, std::span<const std::source_location> places) {
    for (const auto& each : places) lines.push_back(each.line()), file = each.file_name();
  });
  CHECK(lines == std::vector<unsigned>{line});
  CHECK(file.ends_with("follower_place_test.cpp"));
  shop.finish(7);
}

}  // namespace follower_place_test
