// A map that is closed with an error: who comes late learns why.
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"
#include "support/waiter.hpp"

namespace close_with_error_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::insert_outcome;
using waitmap::wait_status;

struct broken {
  int why = 0;
};
const auto an_error = [](int why = 0) { return std::make_exception_ptr(broken{why}); };

TEST_CASE("close with an error fails the current waits with it", "[4]") {
  map_type map;
  auto claim = map.try_claim(4);
  support::waiter observer([&] { return map.wait(1); });
  support::waiter taker([&] { return map.take(1); });
  support::waiter any([&] { return map.wait_any({2, 3}); });
  support::waiter all([&] { return map.wait_all({2}); });
  support::waiter follower([&] { return map.claim_or_wait(4); });
  CHECK(map.close(an_error()) == 5);
  CHECK(map.closed());
  CHECK(observer.failed_with<broken>());
  CHECK(taker.failed_with<broken>());
  CHECK(any.failed_with<broken>());
  REQUIRE((all.has_result() && follower.has_result()));
  CHECK_THROWS_AS(all.result()[0].value(), broken);
  CHECK_THROWS_AS(follower.result().outcome.value(), broken);
  CHECK(claim.set_value("v").outcome == insert_outcome::closed);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a late wait of a coroutine rethrows the error", "[4]") {
  map_type map;
  map.close(an_error());
  support::waiter observer([&] { return map.wait(1); });
  support::waiter result([&] { return map.wait_result(1); });
  support::waiter taker([&] { return map.take(1); });
  support::waiter visitor([&] { return map.wait_with(1, &std::string::size); });
  support::waiter modifier([&] { return map.wait_modify(1, [](std::string&) {}); });
  support::waiter subscriber([&] { return map.subscribe(1); });
  support::waiter taking_subscriber([&] { return map.subscribe_take(1); });
  CHECK(observer.failed_with<broken>());
  CHECK(result.failed_with<broken>());
  CHECK(taker.failed_with<broken>());
  CHECK(visitor.failed_with<broken>());
  CHECK(modifier.failed_with<broken>());
  CHECK(subscriber.failed_with<broken>());
  CHECK(taking_subscriber.failed_with<broken>());
}

TEST_CASE("a late wait for several keys rethrows the error, unless one has a value", "[4]") {
  map_type map;
  map.insert(7, "v");
  map.close(an_error());
  support::waiter any([&] { return map.wait_any({1, 2}); });
  support::waiter taker([&] { return map.take_any({1, 2}); });
  CHECK(any.failed_with<broken>());
  CHECK(taker.failed_with<broken>());
  support::waiter behind([&] { return map.wait_any({1, 7}); });
  REQUIRE(behind.has_result());
  CHECK(behind.result().index == 1);
  CHECK(behind.result().outcome.value() == "v");
  support::waiter all([&] { return map.wait_all({1, 7, 2}); });
  REQUIRE(all.has_result());
  CHECK(all.result()[0].status() == wait_status::failed);
  CHECK_THROWS_AS(all.result()[0].value(), broken);
  CHECK(all.result()[1].value() == "v");
  CHECK_THROWS_AS(all.result()[2].value(), broken);
}

TEST_CASE("a late claim_or_wait has the error in its outcome", "[4][3.12]") {
  map_type map;
  map.close(an_error());
  support::waiter caller([&] { return map.claim_or_wait(1); });
  REQUIRE(caller.has_result());
  CHECK_FALSE(caller.result().claim);
  CHECK_THROWS_AS(caller.result().outcome.value(), broken);
  const auto blocked = map.blocking_claim_or_wait(1);
  CHECK_FALSE(blocked.claim);
  CHECK_THROWS_AS(blocked.outcome.value(), broken);
  CHECK_FALSE(map.try_claim(1));
}

TEST_CASE("a late wait of a thread throws the error", "[4]") {
  map_type map;
  map.close(an_error());
  CHECK_THROWS_AS(map.blocking_wait(1), broken);
  CHECK_THROWS_AS(map.blocking_wait_for(1, std::chrono::hours(1)), broken);
  CHECK_THROWS_AS(map.blocking_wait_until(1, std::chrono::steady_clock::time_point()), broken);
}

TEST_CASE("the values of a map that was closed with an error can be read and taken", "[4]") {
  map_type map;
  map.insert(1, "one");
  map.close(an_error());
  support::noted<std::string> watched, taken, late;
  const auto one = support::observe(map, 1, watched);
  CHECK(watched.got("one"));
  const auto two = support::take(map, 1, taken);
  CHECK(taken.got("one"));
  const auto three = support::observe(map, 1, late);
  CHECK(late.failed());
  CHECK(map.insert(2, "two").outcome == insert_outcome::closed);
}

TEST_CASE("a late wait whose stop was requested learns that the map is closed", "[4][3.1]") {
  map_type map;
  map.close(an_error());
  support::own_stop_source source;
  source.request_stop();
  support::waiter late([&] { return map.wait(1, source.get_token()); });
  CHECK(late.failed_with<broken>());
}

TEST_CASE("the first to close decides what late waits end with", "[4]") {
  map_type map;
  SECTION("with an error") {
    map.close(an_error(1));
    CHECK(map.close(an_error(2)) == 0);
    CHECK(map.close() == 0);
    support::waiter late([&] { return map.wait(1); });
    const auto error = late.error<broken>();
    REQUIRE(error);
    CHECK(error->why == 1);
  }
  SECTION("without") {
    map.close();
    CHECK(map.close(an_error()) == 0);
    support::waiter late([&] { return map.wait_result(1); });
    REQUIRE(late.has_result());
    CHECK(late.result().status() == wait_status::closed);
  }
}

TEST_CASE("close without an exception to close with is refused, and closes nothing", "[4]") {
  map_type map;
  support::noted<std::string> note;
  const auto waiting = support::observe(map, 1, note);
  CHECK_THROWS_AS(map.close(nullptr), std::invalid_argument);
  CHECK_FALSE(map.closed());
  CHECK(note.pending());
  CHECK(map.insert(1, "v").resumed == 1);
  CHECK(note.got("v"));
}

TEST_CASE("the end of a map that was closed with an error ends no wait anew", "[4]") {
  std::optional<map_type> map(std::in_place);
  std::optional claim = map->try_claim(1);
  map->close(an_error());
  map.reset();
  CHECK(claim->set_value("v").outcome == insert_outcome::closed);
}

TEST_CASE("of closes that race one decides for all waits", "[4][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    waitmap::wait_map<int, int> map(waitmap::options{.capacity = 0, .shards = 8});
    support::noted<int> notes[8];
    std::vector<support::owned> waiting;
    for (int key = 0; key < 4; ++key) waiting.push_back(support::observe(map, key, notes[key]));
    std::size_t ended[2] = {};
    support::race([&] { ended[0] = map.close(an_error(1)); },
                  [&] { ended[1] = round % 2 == 0 ? map.close() : map.close(an_error(2)); },
                  [&] {
                    for (int key = 4; key < 8; ++key)
                      waiting.push_back(support::observe(map, key, notes[key]));
                  });
    const auto why = [](const support::noted<int>& note) {
      try {
        if (note.error) std::rethrow_exception(note.error);
      } catch (const broken& error) {
        return error.why;
      }
      return 0;
    };
    for (const auto& note : notes) {
      wrong += note.ends != 1 || why(note) != why(notes[0]);
    }
    wrong += map.waiting() != 0 || ended[0] + ended[1] < 4;
  }
  CHECK(wrong == 0);
}

}  // namespace close_with_error_test
