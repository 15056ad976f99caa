#include <memory>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace dropped_result_test {

using map_type = waitmap::wait_map<int, std::shared_ptr<int>>;

TEST_CASE("a value that a subscription got and nobody took is destroyed with it", "[3]") {
  map_type map;
  const auto value = std::make_shared<int>(7);
  {
    const auto seen = map.subscribe(1);
    const auto taken = map.subscribe_take(1);
    CHECK(map.deliver(1, value).resumed == 2);
    CHECK(value.use_count() == 3);
  }
  CHECK(value.use_count() == 1);
}

}  // namespace dropped_result_test
