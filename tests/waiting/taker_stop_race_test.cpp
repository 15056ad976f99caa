#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

namespace taker_stop_race_test {

TEST_CASE("a stopped taker leaves the value to the next taker or to the map", "[3.5]") {
  waitmap::wait_map<int, int> map;
  support::own_stop_source source;
  support::noted<int> stopped, next;
  const auto one = support::take(map, 1, stopped, source.get_token());
  SECTION("to the next") {
    const auto two = support::take(map, 1, next);
    source.request_stop();
    CHECK(map.insert(1, 10).outcome == waitmap::insert_outcome::handed_off);
    CHECK(next.got(10));
  }
  SECTION("to the map") {
    source.request_stop();
    CHECK(map.insert(1, 10).outcome == waitmap::insert_outcome::inserted);
    CHECK(map.get(1) == 10);
  }
  CHECK(stopped.got_nothing());
}

TEST_CASE("a value for which takers race with their stops is never lost", "[3.5][3.8]") {
  int lost = 0, ended_wrongly = 0;
  for (int round = 0; round < 2000; ++round) {
    waitmap::wait_map<int, int> map;
    support::own_stop_source source;
    support::noted<int> stoppable, other;
    const auto one = support::take(map, 1, stoppable, source.get_token());
    support::owned two;
    support::race([&] { two = support::take(map, 1, other); }, [&] { source.request_stop(); },
                  [&] { map.insert(1, 10); });
    const int holders = stoppable.got(10) + other.got(10) + map.contains(1);
    lost += holders != 1;
    ended_wrongly += !stoppable.got(10) && !stoppable.got_nothing();
  }
  CHECK(lost == 0);
  CHECK(ended_wrongly == 0);
}

TEST_CASE("each value goes to exactly one of the takers who race for it", "[3.5]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    waitmap::wait_map<int, int> map;
    support::noted<int> first, second;
    support::owned one, two;
    int erased = 0;
    support::race([&] { one = support::take(map, 1, first); },
                  [&] { two = support::take(map, 1, second); }, [&] { map.insert(1, 10); },
                  [&] { erased = map.erase(1); });
    wrong += first.got(10) + second.got(10) + erased != 1;
    wrong += map.waiting() != static_cast<std::size_t>(first.pending() + second.pending());
  }
  CHECK(wrong == 0);
}

}  // namespace taker_stop_race_test
