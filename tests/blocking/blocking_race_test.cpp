#include <atomic>
#include <chrono>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

namespace blocking_race_test {

using map_type = waitmap::wait_map<int, int>;
using namespace std::chrono_literals;

TEST_CASE("threads that block while others insert, all get their value", "[3][6.1]") {
  map_type map;
  std::atomic<int> wrong{0};
  constexpr int count = 2000;
  const auto read = [&] {
    for (int key = 0; key < count; ++key) wrong += map.blocking_wait(key) != key;
  };
  support::race(read, read, [&] {
    for (int key = 0; key < count; ++key) map.insert(key, key);
  });
  CHECK(wrong == 0);
  CHECK(map.waiting() == 0);
}

TEST_CASE("two threads hand a value to and fro", "[3][6.4]") {
  map_type map;
  std::atomic<int> wrong{0};
  constexpr int count = 2000;
  const auto play = [&](int first) {
    for (int turn = first; turn < count; turn += 2) {
      if (turn != 0) wrong += map.blocking_wait(turn - 1) != turn - 1;
      map.insert(turn, turn);
    }
  };
  support::race([&] { play(0); }, [&] { play(1); });
  CHECK(wrong == 0);
}

TEST_CASE("a deadline that races with an insert and a stop ends the wait once", "[3][3.2][3.8]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    map_type map;
    support::own_stop_source source;
    std::optional<int> got;
    std::size_t resumed = 0;
    support::race([&] { got = map.blocking_wait_for(1, 20us, source.get_token()); },
                  [&] { resumed = map.insert(1, 10).resumed; },
                  [&] {
                    if (round % 2 == 0) source.request_stop();
                  });
    wrong += (resumed == 1 && got != 10) || (got && *got != 10) || map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

}  // namespace blocking_race_test
