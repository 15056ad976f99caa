#include <optional>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"

namespace registration_test {

using map_type = waitmap::wait_map<int, std::string>;

support::own_stop_source::token requested(support::own_stop_source& source) {
  source.request_stop();
  return source.get_token();
}

TEST_CASE("a wait on a present key gets a copy without suspending", "[3.1]") {
  map_type map;
  map.insert(1, "one");
  support::noted<std::string> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK(note.got("one"));
  CHECK(waiter.done());
  CHECK(map.get(1) == "one");
}

TEST_CASE("a wait on an absent key suspends until the key has a value", "[3.1]") {
  map_type map;
  support::noted<std::string> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK(note.pending());
  CHECK(map.waiting(1) == 1);
  map.insert(2, "two");
  CHECK(note.pending());
  CHECK(map.insert(1, "one") == waitmap::insert_result{waitmap::insert_outcome::inserted, 1});
  CHECK(note.got("one"));
  CHECK(map.waiting(1) == 0);
}

TEST_CASE("a value that is present comes before a close and before a stop", "[3.1]") {
  map_type map;
  map.insert(1, "one");
  map.close();
  support::own_stop_source source;
  support::noted<std::string> watched, taken;
  const auto watcher = support::observe(map, 1, watched, requested(source));
  CHECK(watched.got("one"));
  const auto taker = support::take(map, 1, taken, requested(source));
  CHECK(taken.got("one"));
  CHECK_FALSE(map.contains(1));
}

TEST_CASE("a wait on an absent key of a closed map ends at once", "[3.1]") {
  map_type map;
  map.close();
  support::noted<std::string> watched, taken;
  const auto watcher = support::observe(map, 1, watched);
  const auto taker = support::take(map, 1, taken);
  CHECK(watched.got_nothing());
  CHECK(taken.got_nothing());
  CHECK(map.waiting() == 0);
}

TEST_CASE("a wait whose stop was requested before ends at once and makes no slot", "[3.1]") {
  map_type map;
  support::own_stop_source source;
  support::noted<std::string> note;
  const auto waiter = support::observe(map, 1, note, requested(source));
  CHECK(note.got_nothing());
  CHECK(map.waiting() == 0);
  CHECK(map.capacity() == 0);
}

}  // namespace registration_test
