#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

namespace stop_race_test {

using map_type = waitmap::wait_map<int, int>;

TEMPLATE_TEST_CASE("a stop that races with an insert ends the wait once, in one of two ways",
                   "[3.8]", KINDS_OF_STOP_SOURCE) {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    map_type map;
    TestType source;
    support::noted<int> note;
    const auto waiter = support::observe(map, 1, note, source.get_token());
    std::size_t resumed = 0;
    support::race([&] { source.request_stop(); }, [&] { resumed = map.insert(1, 10).resumed; });
    wrong += !(note.got(10) && resumed == 1) && !(note.got_nothing() && resumed == 0);
    wrong += map.get(1) != 10;
  }
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("a stop that races with the registration is not lost", "[3.8]",
                   KINDS_OF_STOP_SOURCE) {
  int ended = 0;
  constexpr int rounds = 2000;
  for (int round = 0; round < rounds; ++round) {
    map_type map;
    TestType source;
    support::noted<int> note;
    support::owned waiter;
    support::race([&] { waiter = support::observe(map, 1, note, source.get_token()); },
                  [&] { source.request_stop(); });
    ended += note.got_nothing() && map.waiting() == 0;
  }
  CHECK(ended == rounds);
}

TEMPLATE_TEST_CASE("a stop that races with registration, insert and cancel ends the wait once",
                   "[3.8]", KINDS_OF_STOP_SOURCE) {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    map_type map;
    TestType source;
    support::noted<int> stoppable, plain;
    support::owned one, two;
    support::race(
        [&] {
          one = support::observe(map, 1, stoppable, source.get_token());
          two = support::take(map, 1, plain, source.get_token());
        },
        [&] { source.request_stop(); }, [&] { map.insert(1, 10); }, [&] { map.cancel(1); });
    wrong += !stoppable.got(10) && !stoppable.got_nothing();
    wrong += !plain.got(10) && !plain.got_nothing();
    wrong += plain.got(10) == map.contains(1);
  }
  CHECK(wrong == 0);
}

// The thread that resumes and the thread that stops meet in the waiter after its outcome is
// decided.
TEMPLATE_TEST_CASE("a stop may race with the resumption and with the end of the map", "[3.8][3.3]",
                   KINDS_OF_STOP_SOURCE) {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    support::manual_executor executor;
    std::optional<support::manual_map<int, int>> map(std::in_place, executor.get_resumer());
    TestType source;
    support::noted<int> note;
    const auto waiter = support::observe(*map, 1, note, source.get_token());
    map->insert(1, 10);
    support::race([&] { source.request_stop(); }, [&] { executor.run_all(); },
                  [&] { map.reset(); });
    wrong += !note.got(10);
  }
  CHECK(wrong == 0);
}

}  // namespace stop_race_test
