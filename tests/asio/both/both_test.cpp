#include "asio/both/handler.hpp"
#include "support/catch.hpp"

namespace both_test {

TEST_CASE("one program waits with Asio and with Boost.Asio", "[6.5]") {
  shared_map map;
  int sum = 0;
  wait_with_asio(map, sum);
  wait_with_boost_asio(map, sum);
  CHECK(map.insert("key", 7).resumed == 2);
  CHECK(sum == 14);
}

}  // namespace both_test
