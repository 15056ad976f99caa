#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

namespace blocking_claim_test {

using map_type = waitmap::wait_map<int, std::string>;
using result = map_type::claim_or_outcome_type;
using waitmap::insert_outcome;
using waitmap::wait_status;
using namespace std::chrono_literals;

constexpr auto long_ago = std::chrono::steady_clock::time_point();

TEST_CASE("a thread claims a key that has neither a value nor a claim", "[3.12]") {
  map_type map;
  const auto check = [&](result found) {
    CHECK(found.claim);
    CHECK(found.outcome.status() == wait_status::claimed);
  };
  check(map.blocking_claim_or_wait(1));
  check(map.blocking_claim_or_wait_for(1, 0s));
  check(map.blocking_claim_or_wait_until(1, long_ago));
  CHECK(map.try_claim(1));
}

TEST_CASE("a thread gets the value that is there", "[3.12]") {
  map_type map;
  map.insert(1, "v");
  const auto check = [&](result found) {
    CHECK_FALSE(found.claim);
    REQUIRE(found.outcome);
    CHECK(*found.outcome == "v");
  };
  check(map.blocking_claim_or_wait(1));
  check(map.blocking_claim_or_wait_for(1, 0s));
  check(map.blocking_claim_or_wait_until(1, long_ago));
}

TEST_CASE("a thread that follows a claim stops when its time has passed", "[3.12]") {
  map_type map;
  auto claim = map.try_claim(1);
  const auto check = [&](result found) {
    CHECK_FALSE(found.claim);
    CHECK(found.outcome.status() == wait_status::stopped);
    CHECK(map.waiting() == 0);
  };
  check(map.blocking_claim_or_wait_for(1, 1ms));
  check(map.blocking_claim_or_wait_until(1, long_ago));
  support::own_stop_source source;
  source.request_stop();
  check(map.blocking_claim_or_wait(1, source.get_token()));
  CHECK(claim.set_value("v"));
}

// Ends by end(claim) the wait of a thread that follows the claim.
template <class End>
result followed(map_type& map, End end) {
  std::optional<map_type::claim_type> claim = map.try_claim(1);
  std::optional<result> found;
  std::thread thread([&] { found.emplace(map.blocking_claim_or_wait(1)); });
  while (map.waiting(1) == 0) std::this_thread::yield();
  end(claim);
  thread.join();
  return std::move(*found);
}

TEST_CASE("a thread that follows a claim learns how it ended", "[3.12]") {
  map_type map;
  SECTION("with a value") {
    const auto found = followed(map, [](auto& claim) { CHECK(claim->set_value("v")); });
    REQUIRE(found.outcome);
    CHECK(*found.outcome == "v");
  }
  SECTION("with an exception, which is not thrown") {
    const auto found =
        followed(map, [](auto& claim) { claim->set_exception(std::make_exception_ptr(7)); });
    CHECK(found.outcome.status() == wait_status::failed);
    CHECK_THROWS_AS(found.outcome.value(), int);
  }
  SECTION("by cancel") {
    const auto found = followed(map, [&](auto&) { CHECK(map.cancel(1) == 1); });
    CHECK(found.outcome.status() == wait_status::cancelled);
  }
  SECTION("by close") {
    const auto found = followed(map, [&](auto&) { CHECK(map.close() == 1); });
    CHECK(found.outcome.status() == wait_status::closed);
  }
  SECTION("by a drop: the claim is the thread's") {
    auto found = followed(map, [](auto& claim) { claim.reset(); });
    CHECK(found.outcome.status() == wait_status::claimed);
    CHECK_FALSE(map.try_claim(1));
    CHECK(found.claim.set_value("v").outcome == insert_outcome::inserted);
  }
  SECTION("by invalidate: a claim of its own") {
    auto found = followed(map, [&](auto& claim) {
      CHECK(map.invalidate(1));
      CHECK(claim->set_value("stale").outcome == insert_outcome::revoked);
    });
    CHECK(found.claim.set_value("v").outcome == insert_outcome::inserted);
  }
}

TEST_CASE("a claim that threads hand on is a lock", "[3.12][6.1][6.4]") {
  map_type map;
  long in_turn = 0;  // only the holder touches it
  constexpr int turns = 2000;
  const auto run = [&] {
    for (int turn = 0; turn < turns; ++turn) {
      const auto found = map.blocking_claim_or_wait(1);
      if (found.claim) ++in_turn;
    }
  };
  support::race(run, run, run, run);
  CHECK(in_turn == 4 * turns);
  CHECK(map.waiting() == 0);
  CHECK(map.try_claim(1));
}

TEST_CASE("a claim is not lost to a thread whose time passes at that moment", "[3.12][3.2]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    map_type map;
    std::optional claim = map.try_claim(1);
    std::optional<result> one, two;
    support::race([&] { one.emplace(map.blocking_claim_or_wait_for(1, 20us)); },
                  [&] { two.emplace(map.blocking_claim_or_wait_for(1, 20us)); },
                  [&] { claim.reset(); });
    for (const auto* each : {&one, &two}) {
      const wait_status how = (*each)->outcome.status();
      wrong += static_cast<bool>((*each)->claim) != (how == wait_status::claimed);
      wrong += how != wait_status::claimed && how != wait_status::stopped;
    }
    wrong += (*one).claim && (*two).claim;
    one.reset();
    two.reset();
    wrong += !map.try_claim(1) || map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("followers that race with the end of the claim, with revoking and with closing end once",
          "[3.12][3.2][2.7]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    map_type map;
    std::optional claim = map.try_claim(1);
    std::optional<result> one, two;
    support::race([&] { one.emplace(map.blocking_claim_or_wait(1)); },
                  [&] { two.emplace(map.blocking_claim_or_wait(1)); }, [&] { claim.reset(); },
                  [&] {
                    map.invalidate(1);
                    map.close();
                  });
    wrong += map.waiting() != 0;
    wrong += static_cast<bool>(one->claim) != (one->outcome.status() == wait_status::claimed);
    wrong += static_cast<bool>(two->claim) != (two->outcome.status() == wait_status::claimed);
  }
  CHECK(wrong == 0);
}

}  // namespace blocking_claim_test
