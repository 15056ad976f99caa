// What claims, deadlines and subscriptions allocate, as their headers promise. The table of each map has room.
#include <chrono>
#include <cstddef>
#include <vector>

#include <wait_map/deadline.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/failing.hpp"

namespace promised_allocations_test {

using map_type = waitmap::wait_map<int, int>;

// How often memory was allocated since this was made.
class allocations {
 public:
  std::size_t made() const { return support::allocated::calls() - before_; }

 private:
  std::size_t before_ = support::allocated::calls();
};

TEST_CASE("a claim allocates once", "[4.1]") {
  map_type map({.capacity = 100, .shards = 1});
  const allocations since;
  auto claim = map.try_claim(1);
  CHECK(since.made() == 1);
  claim.set_value(10);
  CHECK(since.made() == 1);
}

#if defined(__cpp_lib_jthread)
// What tells it, and what the standard library keeps for the token.
TEST_CASE("a claim's token is made when it is asked for, and once", "[4.1]") {
  map_type map({.capacity = 100, .shards = 1});
  auto claim = map.try_claim(1);
  const allocations since;
  const auto token = claim.unwanted();
  CHECK(since.made() == 2);
  const auto again = claim.unwanted();
  CHECK(since.made() == 2);
  CHECK(again == token);
}
#endif

TEST_CASE("a deadline is armed without an allocation", "[3.14]") {
  map_type map({.capacity = 100, .shards = 1});
  const waitmap::basic_deadline_timer<std::chrono::steady_clock, waitmap::driven_by_hand> timer;
  const allocations since;
  {
    auto one = map.subscribe(1, timer.after(std::chrono::hours(1)));
    auto two = map.subscribe_take(2, timer.after(std::chrono::hours(2)));
    CHECK(timer.armed() == 2);
    CHECK(since.made() == 0);
  }
  CHECK(timer.armed() == 0);
  CHECK(since.made() == 0);
}

TEST_CASE("a subscription to many keys allocates once for all", "[3.13]") {
  map_type map({.capacity = 100, .shards = 1});
  for (const int count : {1, 10, 40}) {
    std::vector<int> keys;
    for (int key = 0; key != count; ++key) keys.push_back(key);
    const allocations since;
    {
      auto all = map.subscribe_all(keys);
      CHECK(map.waiting() == keys.size());
      CHECK(since.made() == 1);
    }
    CHECK(since.made() == 1);
  }
}

}  // namespace promised_allocations_test
