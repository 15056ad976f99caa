#include <memory>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"
#include "support/race.hpp"

namespace outcome_once_test {

TEST_CASE("what comes after the outcome changes nothing and does not count", "[3.2]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  support::noted<int> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK(map.cancel(1) == 1);
  CHECK(map.cancel(1) == 0);
  CHECK(map.cancel_all() == 0);
  CHECK(map.fail(1, std::make_exception_ptr(1)) == 0);
  CHECK(map.insert(1, 10).resumed == 0);
  CHECK(map.close() == 0);
  CHECK(note.pending());
  CHECK(executor.run_all() == 1);
  CHECK(note.got_nothing());
}

TEST_CASE("of operations that race one decides each wait, and counts it", "[3.2]") {
  constexpr std::size_t waiters = 7;
  std::size_t ends = 0, wrong = 0, counted = 0, by_value = 0;
  constexpr std::size_t rounds = 1000;
  for (std::size_t round = 0; round < rounds; ++round) {
    waitmap::wait_map<int, int> map;
    std::vector<support::noted<int>> notes(waiters);
    std::vector<support::owned> tasks;
    for (auto& note : notes) tasks.push_back(support::observe(map, 1, note));
    std::size_t inserted = 0, cancelled = 0, closed = 0;
    support::race([&] { inserted = map.insert(1, 10).resumed; }, [&] { cancelled = map.cancel(1); },
                  [&] { closed = map.close(); });
    counted += inserted + cancelled + closed;
    by_value += inserted;
    std::size_t values = 0;
    for (const auto& note : notes) {
      ends += static_cast<std::size_t>(note.ends);
      values += note.got(10);
      wrong += !note.got(10) && !note.got_nothing();
    }
    wrong += values != inserted;
  }
  CHECK(ends == rounds * waiters);
  CHECK(counted == rounds * waiters);
  CHECK(wrong == 0);
  INFO("waits that ended with a value: " << by_value);
}

TEST_CASE("no wait that races with an insert is lost", "[3.1][3.2]") {
  constexpr int rounds = 2000;
  int got = 0;
  for (int round = 0; round < rounds; ++round) {
    waitmap::wait_map<int, int> map;
    support::noted<int> first, second;
    support::owned one, two;
    support::race([&] { one = support::observe(map, 1, first); },
                  [&] { two = support::observe(map, 1, second); }, [&] { map.insert(1, round); });
    got += first.got(round) + second.got(round);
  }
  CHECK(got == 2 * rounds);
}

}  // namespace outcome_once_test
