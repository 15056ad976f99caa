#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/race.hpp"

namespace claim_race_test {

using map_type = waitmap::wait_map<int, int>;
using waitmap::insert_outcome;

TEST_CASE("of threads that claim one key one gets it", "[4.1][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    map_type map;
    map_type::claim_type a, b, c;
    support::race([&] { a = map.try_claim(1); }, [&] { b = map.try_claim(1); },
                  [&] { c = map.try_claim(1); });
    wrong += static_cast<int>(bool(a)) + static_cast<int>(bool(b)) + static_cast<int>(bool(c)) != 1;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a claim that races with an insert: one value wins, and every waiter gets it",
          "[4.1][6.3]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    map_type map;
    support::noted<int> early, late;
    auto claim = map.try_claim(1);
    const auto one = support::observe(map, 1, early);
    support::owned two;
    insert_outcome claimed{}, inserted{};
    support::race([&] { claimed = claim.set_value(1).outcome; },
                  [&] { inserted = map.insert(1, 2).outcome; },
                  [&] { two = support::observe(map, 1, late); });
    const int won = claimed == insert_outcome::inserted ? 1 : 2;
    wrong += (claimed == insert_outcome::inserted) == (inserted == insert_outcome::inserted);
    wrong += map.get(1) != won || !early.got(won) || !late.got(won);
  }
  CHECK(wrong == 0);
}

TEST_CASE("a claim may be dropped while another thread overtakes it", "[4.1][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    map_type map;
    support::noted<int> note;
    std::optional claim = map.try_claim(1);
    const auto waiter = support::observe(map, 1, note);
    support::race([&] { claim.reset(); }, [&] { map.insert(1, 2); });
    wrong += !note.got(2) && !note.got_nothing();
    wrong += map.get(1) != 2;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a claim may be dropped while the map closes", "[4.1][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    map_type map;
    support::noted<int> note;
    std::optional claim = map.try_claim(1);
    const auto waiter = support::observe(map, 1, note);
    std::size_t ended = 0;
    support::race([&] { claim.reset(); }, [&] { ended = map.close(); });
    wrong += !note.got_nothing() || ended > 1 || map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

}  // namespace claim_race_test
