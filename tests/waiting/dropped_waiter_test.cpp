#include <algorithm>
#include <random>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

namespace dropped_waiter_test {

using map_type = waitmap::wait_map<int, int>;

TEST_CASE("a destroyed waiter is not resumed, its neighbours are", "[3.6]") {
  map_type map;
  support::noted<int> first, second, third;
  const auto one = support::observe(map, 1, first);
  auto two = support::observe(map, 1, second);
  const auto three = support::observe(map, 1, third);
  two.destroy();
  CHECK(map.waiting(1) == 2);
  CHECK(map.insert(1, 10).resumed == 2);
  CHECK(first.got(10));
  CHECK(second.pending());
  CHECK(third.got(10));
}

TEST_CASE("the last waiter to leave removes the slot", "[3.6][1.4]") {
  map_type map;
  support::noted<int> note;
  auto one = support::observe(map, 1, note);
  auto two = support::take(map, 1, note);
  CHECK_FALSE(map.contains(1));
  two.destroy();
  CHECK(map.waiting(1) == 1);
  one.destroy();
  CHECK(map.waiting() == 0);
  CHECK(map.size() == 0);
  map.shrink_to_fit();
  CHECK(map.capacity() == 0);
}

TEST_CASE("a destroyed waiter is deaf to its stop token", "[3.6][3.8]") {
  map_type map;
  support::own_stop_source source;
  support::noted<int> note;
  auto waiter = support::observe(map, 1, note, source.get_token());
  CHECK(source.callbacks() == 1);
  waiter.destroy();
  CHECK(source.callbacks() == 0);
  source.request_stop();
  CHECK(note.pending());
}

TEST_CASE("waiters may be destroyed in any order", "[3.6]") {
  constexpr std::size_t count = 100'000;
  map_type map;
  support::noted<int> note, last;
  std::vector<support::owned> tasks;
  for (std::size_t i = 0; i < count; ++i) tasks.push_back(support::observe(map, 1, note));
  CHECK(map.waiting(1) == count);
  SECTION("as they came") {}
  SECTION("the youngest first") { std::reverse(tasks.begin(), tasks.end()); }
  SECTION("at random") { std::shuffle(tasks.begin(), tasks.end(), std::mt19937(1)); }
  for (std::size_t i = 0; i + 1 < count; ++i) tasks[i].destroy();
  CHECK(map.waiting(1) == 1);
  const auto fresh = support::observe(map, 1, last);
  tasks.back().destroy();
  CHECK(map.insert(1, 10).resumed == 1);
  CHECK(last.got(10));
  CHECK(note.pending());
}

TEST_CASE("threads may destroy their waiters while others come and values arrive elsewhere",
          "[3.6]") {
  map_type map;
  std::size_t wrong = 0;
  const auto come_and_go = [&] {
    for (int i = 0; i < 5000; ++i) {
      support::noted<int> first, second;
      auto one = support::observe(map, 1, first);
      auto two = support::observe(map, 1, second);
      one.destroy();
      two.destroy();
      if (!first.pending() || !second.pending()) ++wrong;
    }
  };
  // Each thread ends only its own waits: nobody else may, while their frames are destroyed.
  support::race(come_and_go, [&] {
    for (int i = 0; i < 5000; ++i) {
      map.insert(2 + i % 64, i);
      map.erase(2 + i % 64);
    }
  });
  CHECK(wrong == 0);
  CHECK(map.waiting() == 0);
}

}  // namespace dropped_waiter_test
