// Compilers before clang 19 use the frame as scratch memory after await_suspend has published it, when another
// thread may run the coroutine already. What the frame holds must survive that.
#include <array>
#include <atomic>
#include <cstddef>
#include <numeric>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace frames_test {

using map_type = waitmap::wait_map<int, int>;

support::detached sum_up(map_type& map, int rounds, std::atomic<long>& sum,
                         std::atomic<int>& broken) {
  std::array<int, 16> locals;
  std::iota(locals.begin(), locals.end(), 0);
  for (int i = 0; i < rounds; ++i) {
    auto value = co_await map.take(i);
    for (std::size_t j = 0; j < locals.size(); ++j) {
      if (locals[j] != static_cast<int>(j) + i) broken.fetch_add(1);
      ++locals[j];
    }
    sum.fetch_add(value ? *value : 0);
  }
}

TEST_CASE("the locals of a coroutine survive when another thread resumes it as it suspends",
          "[6.7]") {
  constexpr int rounds = 20'000;
  map_type map;
  std::atomic<long> sum{0};
  std::atomic<int> broken{0};

  std::thread inserter([&map] {
    for (int i = 0; i < rounds; ++i) map.insert(i, 1);
  });
  sum_up(map, rounds, sum, broken);
  inserter.join();

  CHECK(sum.load() == rounds);
  CHECK(broken.load() == 0);
}

}  // namespace frames_test
