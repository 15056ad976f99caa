// A capacity from outside that nothing can hold ended the program.
#include <cstddef>
#include <limits>
#include <new>
#include <stdexcept>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace absurd_capacity_test {

constexpr std::size_t most = (std::numeric_limits<std::size_t>::max)();

TEST_CASE("a capacity that no memory has room for is refused", "[1.6][6.2]") {
  using map_type = waitmap::wait_map<int, int>;
  for (const std::size_t absurd : {most, most / 2, most / 16}) {
    CHECK_THROWS_AS(map_type(waitmap::options{.capacity = absurd}), std::length_error);
    map_type map;
    map.insert(1, 10);
    CHECK_THROWS_AS(map.reserve(absurd), std::length_error);
    CHECK(map.get(1) == 10);
    map.reserve(100);
    CHECK(map.capacity() >= 100);
  }
}

}  // namespace absurd_capacity_test
