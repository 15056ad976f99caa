// The waiters of a shard are counted in 32 bits: one more would have wrapped the count. Here a policy that
// counts to three.
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace counted_waiters_test {

struct three_waiters : waitmap::default_policy {
  static constexpr std::uint32_t most_waiters = 3;
};
using map_type = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                   waitmap::default_equal<int>, three_waiters>;

TEST_CASE("a wait beyond what a shard can count is refused, and nothing has changed", "[6.2]") {
  map_type map(waitmap::options{.shards = 1});
  std::vector<support::owned> tasks;
  const auto wait = [](map_type& where, int key, int& got) -> support::owned {
    auto value = co_await where.wait(key);
    got = value.value_or(-1);
  };
  int got[3] = {};
  for (int i = 0; i < 3; ++i) tasks.push_back(wait(map, 1, got[i]));
  CHECK_THROWS_AS((void)map.subscribe(1), std::length_error);
  CHECK_THROWS_AS((void)map.subscribe(2), std::length_error);
  CHECK_THROWS_AS((void)map.blocking_wait(1), std::length_error);
  CHECK(map.waiting() == 3);
  CHECK(map.insert(1, 10).resumed == 3);
  CHECK((got[0] == 10 && got[1] == 10 && got[2] == 10));
  CHECK(map.subscribe(2).await_ready() == false);
}

TEST_CASE("a claim beyond what a shard can count is refused", "[6.2][4.1]") {
  map_type map(waitmap::options{.shards = 1});
  std::vector<map_type::claim_type> claims;
  for (int i = 0; i < 3; ++i) claims.push_back(map.try_claim(i));
  CHECK_THROWS_AS((void)map.try_claim(3), std::length_error);
  claims.pop_back();
  CHECK(map.try_claim(3));
}

}  // namespace counted_waiters_test
