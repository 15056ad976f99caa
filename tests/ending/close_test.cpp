#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/race.hpp"

namespace close_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::insert_outcome;

TEST_CASE("close ends all waits and says so for ever", "[4]") {
  map_type map;
  CHECK_FALSE(map.closed());
  support::noted<std::string> first, second;
  const auto one = support::observe(map, 1, first);
  const auto two = support::take(map, 2, second);
  CHECK(map.close() == 2);
  CHECK(first.got_nothing());
  CHECK(second.got_nothing());
  CHECK(map.closed());
  CHECK(map.close() == 0);
  CHECK(map.closed());
}

TEST_CASE("a closed map refuses values and leaves them with the caller", "[4][2.1][2.2]") {
  map_type map;
  map.insert(1, "old");
  map.close();
  for (const int key : {1, 2}) {
    std::string value(50, 'v');
    CHECK(map.insert(key, std::move(value)).outcome == insert_outcome::closed);
    CHECK(map.insert_or_assign(key, std::move(value)).outcome == insert_outcome::closed);
    CHECK(map.try_emplace(key, std::move(value)).outcome == insert_outcome::closed);
    CHECK(map.deliver(key, std::move(value)).outcome == insert_outcome::closed);
    CHECK_FALSE(map.exchange(key, std::move(value)).has_value());
    map.update(key, [&](auto& entry) {
      CHECK(entry.closed());
      CHECK_FALSE(entry.emplace(std::move(value)));
      CHECK_FALSE(entry.assign(std::move(value)));
    });
    CHECK(value == std::string(50, 'v'));
  }
  CHECK(map.get(1) == "old");
  CHECK(map.size() == 1);
}

TEST_CASE("the values of a closed map can be read, taken and erased", "[4]") {
  map_type map;
  for (int key = 1; key <= 4; ++key) map.insert(key, std::to_string(key));
  map.close();
  support::noted<std::string> watched, taken, late;
  const auto one = support::observe(map, 1, watched);
  CHECK(watched.got("1"));
  const auto two = support::take(map, 1, taken);
  CHECK(taken.got("1"));
  const auto three = support::observe(map, 1, late);
  CHECK(late.got_nothing());
  CHECK(map.get(2) == "2");
  CHECK(map.modify(2, [](std::string& value) { value = "two"; }));
  CHECK(map.extract(2) == "two");
  CHECK(map.erase(3));
  map.clear();
  CHECK(map.empty());
  CHECK(map.closed());
}

TEST_CASE("no wait outlives a racing close, and no insert slips in behind it", "[4]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    waitmap::wait_map<int, int> map;
    support::noted<int> note;
    support::owned waiter;
    waitmap::insert_result inserted{};
    std::size_t closed_one = 0, closed_two = 0;
    support::race([&] { waiter = support::observe(map, 1, note); },
                  [&] { closed_one = map.close(); }, [&] { closed_two = map.close(); },
                  [&] { inserted = map.insert(1, 10); });
    wrong += note.pending() || closed_one + closed_two + inserted.resumed > 1;
    wrong += note.got(10) && !inserted;
    wrong += map.contains(1) != static_cast<bool>(inserted) || map.waiting() != 0 || !map.closed();
    wrong += map.insert(2, 10).outcome != insert_outcome::closed;
  }
  CHECK(wrong == 0);
}

}  // namespace close_test
