// 4: cancel_all and close end the waits of many keys at once, and look ahead from list to list.
#include <algorithm>
#include <cstddef>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace many_lists_test {

using map_type = waitmap::wait_map<int, int>;

support::detached wait_for(map_type& map, int key, int place, std::vector<int>& order) {
  auto value = co_await map.wait(key);
  CHECK_FALSE(value);
  order.push_back(place);
}

// Key n has n waiters. Every fifth has a value instead; some are claimed, too, and one has a taker.
TEST_CASE("cancel_all and close end lists of each length, each in its order", "[4][3.4]") {
  constexpr int keys = 40;
  const bool closes = GENERATE(false, true);
  map_type map(waitmap::options{.shards = GENERATE(1u, 4u)});
  std::vector<std::vector<int>> orders(keys);
  std::vector<map_type::claim_type> claims;
  std::size_t waits = 0;
  for (int key = 0; key < keys; ++key) {
    if (key % 5 == 4) {
      map.insert(key, key);
      continue;
    }
    if (key % 7 == 6) claims.push_back(map.try_claim(key));
    for (int place = 0; place < key; ++place, ++waits)
      wait_for(map, key, place, orders[static_cast<std::size_t>(key)]);
  }
  auto taker = map.subscribe_take(3);
  CHECK(map.waiting() == waits + 1);
  CHECK((closes ? map.close() : map.cancel_all()) == waits + 1);
  CHECK(map.waiting() == 0);
  for (int key = 0; key < keys; ++key) {
    const auto& order = orders[static_cast<std::size_t>(key)];
    CHECK(order.size() == (key % 5 == 4 ? 0u : static_cast<std::size_t>(key)));
    CHECK(std::is_sorted(order.begin(), order.end()));
  }
  CHECK(map.size() == keys / 5);
}

}  // namespace many_lists_test
