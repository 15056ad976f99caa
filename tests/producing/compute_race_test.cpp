#include <atomic>

#include "producing/compute.hpp"
#include "support/catch.hpp"
#include "support/race.hpp"

namespace compute_race_test {

TEST_CASE("threads that ask for one key compute it once", "[4.2][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 500; ++round) {
    map_type map;
    std::atomic<int> calls{0};
    std::atomic<int> right{0};
    const auto factory = [&calls]() -> lazy<int> { co_return 7 + calls.fetch_add(1); };
    const auto ask = [&] { return waitmap::get_or_compute(map, 1, factory); };
    {
      std::optional<support::waiter<decltype(ask)>> a, b, c;
      support::race([&] { a.emplace(ask); }, [&] { b.emplace(ask); }, [&] { c.emplace(ask); });
      for (auto* each : {&*a, &*b, &*c}) right += each->has_result() && each->result() == 7;
    }
    wrong += calls != 1 || right != 3;
  }
  CHECK(wrong == 0);
}

// Failed once: between a refused claim and the wait the leader failed, and the follower waited for nobody.
TEST_CASE("a caller that meets the failure of the leader fails with it or computes", "[4.2]") {
  int lost = 0;
  for (int round = 0; round < 20'000; ++round) {
    map_type map;
    const auto broken = []() -> lazy<int> {
      throw unlucky{};
      co_return 0;
    };
    const auto ask = [&] { return waitmap::get_or_compute(map, 1, broken); };
    std::optional<support::waiter<decltype(ask)>> a, b;
    support::race([&] { a.emplace(ask); }, [&] { b.emplace(ask); });
    lost += !a->failed_with<unlucky>() || !b->failed_with<unlucky>();
  }
  CHECK(lost == 0);
}

TEST_CASE("a caller that meets the end of the leader takes over", "[4.2]") {
  int lost = 0;
  for (int round = 0; round < 5'000; ++round) {
    map_type map;
    workshop never;
    const auto factory = []() -> lazy<int> { co_return 7; };
    const auto lead = [&] { return waitmap::get_or_compute(map, 1, never.factory()); };
    const auto follow = [&] { return waitmap::get_or_compute(map, 1, factory); };
    std::optional<support::waiter<decltype(lead)>> leader(std::in_place, lead);
    std::optional<support::waiter<decltype(follow)>> follower;
    support::race([&] { leader.reset(); }, [&] { follower.emplace(follow); });
    lost += !follower->has_result();
  }
  CHECK(lost == 0);
}

}  // namespace compute_race_test
