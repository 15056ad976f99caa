// A computed value whose copy throws cannot be stored: it is as if the factory had thrown.
#include <utility>

#include "producing/compute.hpp"
#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/fragile.hpp"

namespace throwing_copy_test {

using value = support::fragile<support::fragile_moves::never_throws>;
using fragile_map = waitmap::wait_map<int, value>;

TEST_CASE("a computed value whose copy throws fails the leader and its followers", "[4.2][6.2]") {
  fragile_map map;
  map_type go_ahead;
  const auto factory = [&go_ahead]() -> lazy<value> {
    auto number = co_await go_ahead.take(0);
    co_return value(*number);
  };
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, factory); };
  support::waiter leader(ask), follower(ask);
  {
    const support::failing copy(support::step::copy, 0);
    go_ahead.insert(0, 7);
    CHECK(copy.has_failed());
  }
  CHECK(leader.failed_with<support::step_failed>());
  CHECK(follower.failed_with<support::step_failed>());
  CHECK_FALSE(map.contains(1));
  CHECK(map.try_claim(1));  // nobody computes any more
}

}  // namespace throwing_copy_test
