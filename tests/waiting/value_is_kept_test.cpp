#include <optional>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

namespace value_is_kept_test {

using map_type = support::manual_map<int, std::string>;

TEST_CASE("a value that was delivered cannot be taken back", "[3.3]") {
  support::manual_executor executor;
  map_type map(executor.get_resumer());
  support::noted<std::string> note;
  const auto waiter = support::observe(map, 1, note);
  map.insert(1, "one");

  SECTION("by erase") { CHECK(map.erase(1)); }
  SECTION("by extract") { CHECK(map.extract(1) == "one"); }
  SECTION("by exchange") { CHECK(map.exchange(1, "other") == "one"); }
  SECTION("by insert_or_assign") { map.insert_or_assign(1, "other"); }
  SECTION("by modify") {
    map.modify(1, [](std::string& value) { value = "other"; });
  }
  SECTION("by clear") { map.clear(); }
  SECTION("by cancel") { CHECK(map.cancel(1) == 0); }
  SECTION("by close") { CHECK(map.close() == 0); }
  SECTION("by fail") { CHECK(map.fail(1, std::make_exception_ptr(1)) == 0); }

  executor.run_all();
  CHECK(note.got("one"));
}

TEST_CASE("a value that was taken is in the taker's frame and not in the map", "[3.3]") {
  support::manual_executor executor;
  map_type map(executor.get_resumer());
  support::noted<std::string> note;
  const auto waiter = support::take(map, 1, note);
  CHECK(map.insert(1, "one").outcome == waitmap::insert_outcome::handed_off);
  map.insert(1, "next");
  executor.run_all();
  CHECK(note.got("one"));
  CHECK(map.get(1) == "next");
}

TEST_CASE("a waiter that is decided does not need the map any more", "[3.3]") {
  support::manual_executor executor;
  support::own_stop_source source;
  std::optional<map_type> map(std::in_place, executor.get_resumer());
  support::noted<std::string> plain, stoppable, dropped;
  const auto one = support::observe(*map, 1, plain);
  const auto two = support::observe(*map, 1, stoppable, source.get_token());
  auto three = support::observe(*map, 1, dropped, source.get_token());
  map->insert(1, "one");
  map.reset();

  CHECK(source.callbacks() == 2);
  source.request_stop();  // runs the callbacks, which must not look for the map

  CHECK(executor.run_one());
  CHECK(plain.got("one"));
  CHECK(executor.run_one());
  CHECK(stoppable.got("one"));
  CHECK(executor.run_one());
  three.destroy();
  CHECK(dropped.got("one"));
}

TEST_CASE("a racing erase leaves a wait its value or leaves it waiting", "[3.3]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    waitmap::wait_map<int, int> map;
    support::noted<int> note;
    support::owned waiter;
    support::race([&] { waiter = support::observe(map, 1, note); },
                  [&] {
                    map.insert(1, 10);
                    map.erase(1);
                  });
    wrong += !(note.got(10) && map.waiting() == 0) && !(note.pending() && map.waiting() == 1);
  }
  CHECK(wrong == 0);
}

}  // namespace value_is_kept_test
