// Who works for a claim learns that nobody waits for it any more.
#include <version>

#if defined(__cpp_lib_jthread)
#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"
#include "support/race.hpp"
#include "support/spawn.hpp"
#include "support/waiter.hpp"

namespace unwanted_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::insert_outcome;
using on_stop = std::stop_callback<std::function<void()>>;

TEST_CASE("a claim is not unwanted before anybody has waited", "[4.1]") {
  map_type map;
  const auto claim = map.try_claim(1);
  const std::stop_token unwanted = claim.unwanted();
  CHECK(unwanted.stop_possible());
  CHECK_FALSE(unwanted.stop_requested());
  CHECK(map.cancel(1) == 0);
  CHECK_FALSE(unwanted.stop_requested());
}

TEST_CASE("a claim is unwanted when the last who waited has left, whatever the way", "[4.1]") {
  map_type map;
  std::stop_source source;
  const auto claim = map.try_claim(1);
  const std::stop_token unwanted = claim.unwanted();
  support::noted<std::string> note;
  auto waiting = support::observe(map, 1, note, source.get_token());
  support::waiter follower([&] { return map.claim_or_wait(1, source.get_token()); });
  CHECK_FALSE(unwanted.stop_requested());
  SECTION("stopped") { source.request_stop(); }
  SECTION("destroyed") {
    waiting.destroy();
    CHECK_FALSE(unwanted.stop_requested());
    follower.destroy_coroutine();
  }
  SECTION("destroyed, the youngest first") {
    follower.destroy_coroutine();
    CHECK_FALSE(unwanted.stop_requested());
    waiting.destroy();
  }
  SECTION("cancelled") { map.cancel(1); }
  SECTION("all cancelled") { map.cancel_all(); }
  SECTION("failed") { map.fail(1, std::make_exception_ptr(7)); }
  SECTION("delivered to") { map.deliver(1, "v"); }
  SECTION("closed") { map.close(); }
  CHECK(unwanted.stop_requested());
  CHECK_FALSE(map.try_claim(1));
}

TEST_CASE("a claim is unwanted when the last of each kind of waiter has left", "[4.1]") {
  map_type map;
  const auto claim = map.try_claim(1);
  const std::stop_token unwanted = claim.unwanted();
  SECTION("a taker that was delivered to") {
    support::waiter taker([&] { return map.take(1); });
    map.deliver(1, "v");
  }
  SECTION("a subscription that is not awaited") {
    const auto subscribed = map.subscribe(1);
    CHECK_FALSE(unwanted.stop_requested());
  }
  SECTION("a wait for all") {
    support::waiter all([&] { return map.wait_all({1, 2}); });
  }
  SECTION("a wait for any, by another key") {
    support::waiter any([&] { return map.wait_any({1, 2}); });
    CHECK_FALSE(unwanted.stop_requested());
    map.insert(2, "v");
    CHECK(any.has_result());
    CHECK(unwanted.stop_requested());
  }
  SECTION("a wait for any, by a value that is there") {
    map.insert(2, "v");
    support::waiter any([&] { return map.wait_any({1, 2}); });
    CHECK(any.has_result());
  }
  SECTION("a thread whose time has passed") {
    CHECK_FALSE(map.blocking_wait_for(1, std::chrono::seconds(0)));
  }
  CHECK(unwanted.stop_requested());
}

TEST_CASE("a group whose stop was requested before leaves a claim unwanted", "[4.1][3.8]") {
  map_type map;
  std::stop_source source;
  source.request_stop();
  const auto claim = map.try_claim(1);
  const std::stop_token unwanted = claim.unwanted();
  SECTION("all") {
    support::waiter all([&] { return map.wait_all({1}, source.get_token()); });
    CHECK(all.has_result());
  }
  SECTION("any") {
    support::waiter any([&] { return map.wait_any({1}, source.get_token()); });
    CHECK(any.has_result());
  }
  SECTION("subscribed to all") {
    const auto all = map.subscribe_all({1}, source.get_token());
    CHECK(all.await_ready());
    CHECK(unwanted.stop_requested());
  }
  CHECK(map.waiting() == 0);
  CHECK(unwanted.stop_requested());
}

TEST_CASE("a claim is wanted while another waits", "[4.1]") {
  map_type map;
  const auto claim = map.try_claim(1);
  const std::stop_token unwanted = claim.unwanted();
  const auto wait = [&] { return map.wait(1); };
  support::waiter first(wait), second(wait), third(wait);
  second.destroy_coroutine();
  first.destroy_coroutine();
  CHECK_FALSE(unwanted.stop_requested());
  support::waiter fourth(wait);
  third.destroy_coroutine();
  CHECK_FALSE(unwanted.stop_requested());
  fourth.destroy_coroutine();
  CHECK(unwanted.stop_requested());
}

TEST_CASE("a taker that waits on wants the claim", "[4.1][3.5]") {
  map_type map;
  const auto claim = map.try_claim(1);
  const std::stop_token unwanted = claim.unwanted();
  const auto take = [&] { return map.take(1); };
  support::waiter first(take), second(take);
  map.deliver(1, "v");
  CHECK(first.has_result());
  CHECK_FALSE(unwanted.stop_requested());
  map.deliver(1, "w");
  CHECK(unwanted.stop_requested());
}

TEST_CASE("a claim is unwanted when it is overtaken", "[4.1]") {
  map_type map;
  const auto claim = map.try_claim(1);
  const std::stop_token unwanted = claim.unwanted();
  SECTION("by a value that is stored") { map.insert(1, "theirs"); }
  SECTION("by a value that an observer gets") {
    support::waiter observer([&] { return map.wait(1); });
    map.insert_or_assign(1, "theirs");
  }
  SECTION("by a value that a taker takes") {
    support::waiter taker([&] { return map.take(1); });
    map.insert(1, "theirs");
  }
  SECTION("by a value that one taker takes, of two") {
    const auto take = [&] { return map.take(1); };
    support::waiter first(take), second(take);
    map.insert(1, "theirs");
    CHECK(unwanted.stop_requested());
  }
  SECTION("by a value for all kinds of waiters") {
    support::waiter taker([&] { return map.take(1); });
    support::waiter follower([&] { return map.claim_or_wait(1); });
    support::waiter visitor([&] { return map.wait_with(1, &std::string::size); });
    map.insert(1, "theirs");
  }
  CHECK(unwanted.stop_requested());
  CHECK(claim.unwanted().stop_requested());
}

TEST_CASE("a claim is unwanted when it is revoked", "[4.1][2.7]") {
  map_type map;
  auto claim = map.try_claim(1);
  const std::stop_token unwanted = claim.unwanted();
  SECTION("nobody waits") { map.invalidate(1); }
  SECTION("by clear") { map.clear(); }
  SECTION("somebody follows, who has a claim that is wanted") {
    support::waiter follower([&] { return map.claim_or_wait(1); });
    support::waiter other([&] { return map.wait(1); });
    map.invalidate(1);
    REQUIRE(follower.has_result());
    const std::stop_token fresh = follower.result().claim.unwanted();
    CHECK_FALSE(fresh.stop_requested());
    other.destroy_coroutine();
    CHECK(fresh.stop_requested());
  }
  CHECK(unwanted.stop_requested());
  CHECK(claim.unwanted().stop_requested());
}

TEST_CASE("a claim is unwanted when its map is destroyed", "[4.1]") {
  std::optional<map_type> map(std::in_place);
  const auto claim = map->try_claim(1);
  const std::stop_token unwanted = claim.unwanted();
  map.reset();
  CHECK(unwanted.stop_requested());
  CHECK(claim.unwanted().stop_requested());
}

TEST_CASE("what the holder does itself does not stop the token", "[4.1]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  const std::stop_token unwanted = claim->unwanted();
  support::waiter plain([&] { return map.wait(1); });
  SECTION("a value") { CHECK(claim->set_value("v").resumed == 1); }
  SECTION("a value for a taker") {
    support::waiter taker([&] { return map.take(1); });
    CHECK(claim->set_value("v").outcome == insert_outcome::handed_off);
  }
  SECTION("an exception") { CHECK(claim->set_exception(std::make_exception_ptr(7)) == 1); }
  SECTION("nothing, where nobody follows") { claim.reset(); }
  SECTION("nothing, where somebody follows") {
    support::waiter follower([&] { return map.claim_or_wait(1); });
    claim.reset();
    CHECK(follower.has_result());
  }
  CHECK_FALSE(unwanted.stop_requested());
  claim.reset();
  map.cancel_all();
  map.clear();
  CHECK_FALSE(unwanted.stop_requested());  // usable, and of no concern any more
  CHECK_FALSE(unwanted.stop_possible());
}

TEST_CASE("who gets a claim that was dropped has a token of its own", "[4.1][3.12]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  const std::stop_token of_the_first = claim->unwanted();
  support::waiter follower([&] { return map.claim_or_wait(1); });
  claim.reset();
  REQUIRE(follower.has_result());
  const std::stop_token of_the_second = follower.result().claim.unwanted();
  CHECK_FALSE(of_the_second.stop_requested());
  {
    support::waiter plain([&] { return map.wait(1); });
  }
  CHECK(of_the_second.stop_requested());
  CHECK_FALSE(of_the_first.stop_requested());
}

TEST_CASE("who gets a claim does not hear of those who left before", "[4.1][3.12]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  {
    support::waiter plain([&] { return map.wait(1); });
  }
  CHECK(claim->unwanted().stop_requested());
  support::waiter follower([&] { return map.claim_or_wait(1); });
  claim.reset();
  REQUIRE(follower.has_result());
  CHECK_FALSE(follower.result().claim.unwanted().stop_requested());
}

// The wait for any is decided by the end of one claim, and still stands behind the other one when that passes on.
TEST_CASE("who gets a claim by clear() hears of nobody who was told before", "[4.1][2.7]") {
  map_type map({.shards = 1});
  const auto first = map.try_claim(1);
  const auto second = map.try_claim(2);
  std::vector<int> cleared;
  map.for_each_waiting([&](int key, auto, auto) { cleared.push_back(key); });
  REQUIRE(cleared.size() == 2);
  support::waiter any([&] { return map.wait_any(cleared); });
  support::waiter follower([&] { return map.claim_or_wait(cleared[1]); });
  map.clear();
  CHECK(any.resumed_once());
  REQUIRE(follower.has_result());
  const std::stop_token unwanted = follower.result().claim.unwanted();
  CHECK_FALSE(unwanted.stop_requested());
  {
    support::waiter plain([&] { return map.wait(cleared[1]); });
  }
  CHECK(unwanted.stop_requested());
}

TEST_CASE("a wait for any that is not decided stays when the claim passes on", "[4.1][3.12]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  support::waiter any([&] { return map.wait_any(std::vector{1, 2}); });
  support::waiter follower([&] { return map.claim_or_wait(1); });
  claim.reset();
  REQUIRE(follower.has_result());
  CHECK((any.pending() && map.waiting(1) == 1));
  const std::stop_token unwanted = follower.result().claim.unwanted();
  CHECK_FALSE(unwanted.stop_requested());
  follower.result().claim.set_value("v");
  REQUIRE(any.has_result());
  CHECK((any.result().index == 0 && *any.result().outcome == "v"));
}

TEST_CASE("a token that is asked for after all have left is stopped", "[4.1]") {
  map_type map;
  const auto claim = map.try_claim(1);
  {
    support::waiter plain([&] { return map.wait(1); });
  }
  CHECK(claim.unwanted().stop_requested());
}

TEST_CASE("a token that is asked for when somebody waits again is not stopped", "[4.1]") {
  map_type map;
  const auto claim = map.try_claim(1);
  {
    support::waiter plain([&] { return map.wait(1); });
  }
  support::waiter again([&] { return map.wait(1); });
  const std::stop_token unwanted = claim.unwanted();
  CHECK_FALSE(unwanted.stop_requested());
  again.destroy_coroutine();
  CHECK(unwanted.stop_requested());
}

TEST_CASE("all tokens of a claim are stopped together", "[4.1]") {
  map_type map;
  auto claim = map.try_claim(1);
  const std::stop_token first = claim.unwanted();
  auto moved = std::move(claim);
  const std::stop_token second = moved.unwanted();
  CHECK(first == second);
  {
    support::waiter plain([&] { return map.wait(1); });
  }
  CHECK((first.stop_requested() && second.stop_requested()));
  CHECK(moved.unwanted().stop_requested());
}

TEST_CASE("a token that was stopped stays so, though somebody waits again", "[4.1]") {
  map_type map;
  auto claim = map.try_claim(1);
  const std::stop_token first = claim.unwanted();
  {
    support::waiter plain([&] { return map.wait(1); });
  }
  REQUIRE(first.stop_requested());
  support::waiter again([&] { return map.wait(1); });
  CHECK(claim.unwanted().stop_requested());
  CHECK(claim.set_value("v").resumed == 1);
}

TEST_CASE("a claim that is not engaged has a token that is never stopped", "[4.1]") {
  const map_type::claim_type none;
  CHECK_FALSE(none.unwanted().stop_possible());
}

// --- what is told may do anything

TEST_CASE("who is told that a claim is unwanted may call the map", "[4.1][5.1]") {
  map_type map(waitmap::options{.capacity = 0, .shards = 1});
  std::optional claim = map.try_claim(1);
  int told = 0;
  const on_stop callback(claim->unwanted(), [&] {
    ++told;
    CHECK(map.waiting() == 0);
    map.insert(2, "v");
    claim.reset();
    CHECK(map.try_claim(1));
  });
  std::stop_source source;
  support::noted<std::string> note;
  auto waiting = support::observe(map, 1, note, source.get_token());
  SECTION("stopped") { source.request_stop(); }
  SECTION("destroyed") { waiting.destroy(); }
  SECTION("cancelled") { map.cancel(1); }
  SECTION("failed") { map.fail(1, std::make_exception_ptr(7)); }
  SECTION("delivered to") { map.deliver(1, "v"); }
  CHECK(told == 1);
  CHECK(map.contains(2));
}

TEST_CASE("nobody is told while the thread is in a callable under another map's lock",
          "[4.1][5.1]") {
  map_type map, locked(waitmap::options{.capacity = 0, .shards = 1});
  locked.insert(1, "v");
  const auto claim = map.try_claim(1);
  bool inside = false;
  int told = 0;
  const on_stop callback(claim.unwanted(), [&] {
    CHECK_FALSE(inside);
    CHECK(locked.contains(1));
    ++told;
  });
  support::waiter waiting([&] { return map.wait(1); });
  locked.visit(1, [&](const std::string&) {
    inside = true;
    SECTION("cancelled") { map.cancel(1); }
    SECTION("destroyed") { waiting.destroy_coroutine(); }
    SECTION("overtaken") { map.insert(1, "v"); }
    SECTION("revoked") { map.invalidate(1); }
    CHECK(told == 0);
    inside = false;
  });
  CHECK(told == 1);
}

// 4.1: who is told destroys a coroutine that was about to be resumed, whose place in the line was read before.
TEST_CASE("who is told that a claim is unwanted may destroy those who are about to be resumed",
          "[4.1][3.6]") {
  map_type map(waitmap::options{.capacity = 0, .shards = 1});
  const auto claim = map.try_claim(1);
  support::noted<std::string> notes[4];
  std::vector<support::owned> waiting;
  const on_stop callback(claim.unwanted(), [&] {
    waiting[0].destroy();
    waiting[1].destroy();
    waiting[3].destroy();
  });
  waiting.push_back(support::observe(map, 1, notes[0]));
  waiting.push_back(support::take(map, 1, notes[1]));
  waiting.push_back(support::observe(map, 1, notes[2]));
  waiting.push_back(support::observe(map, 1, notes[3]));
  SECTION("overtaken") {
    map.insert(1, "v");
    CHECK(notes[2].got("v"));
  }
  SECTION("revoked") {
    map.invalidate(1);
    CHECK(notes[2].got_nothing());
  }
  SECTION("closed") {
    map.close();
    CHECK(notes[2].got_nothing());
  }
  CHECK((notes[0].pending() && notes[1].pending() && notes[3].pending()));
}

// 4.1: who is told destroys the group that has just left the key, and is about to leave others.
TEST_CASE("who is told that a claim is unwanted may destroy the wait for any that left it",
          "[4.1][3.6]") {
  map_type map;
  const auto one = map.try_claim(1);
  const auto two = map.try_claim(2);
  int resumed = 0;
  const auto wait = [](map_type& from, int& count) -> support::owned {
    std::vector<int> keys{1, 2, 3};
    auto any = from.wait_any(keys);
    auto first = co_await any;
    count += first ? 1 : 0;
  };
  auto waiting = wait(map, resumed);
  int told = 0;
  const on_stop callback(one.unwanted(), [&] { ++told, waiting.destroy(); });
  const on_stop other(two.unwanted(), [&] { ++told; });
  SECTION("by a value") { map.insert(3, "v"); }
  SECTION("by a cancel") { map.cancel(3); }
  CHECK(told == 2);
  CHECK(resumed == 0);
  CHECK(map.waiting() == 0);
}

// 4.1: a wait for any whose coroutine is destroyed leaves one key after the other; who is told meanwhile ended
// it by another key, and it was resumed.
TEST_CASE(
    "who is told that a claim is unwanted may provide for other keys of a wait that is leaving",
    "[4.1][3.6]") {
  map_type map;
  const auto claim = map.try_claim(1);
  support::waiter any([&] { return map.wait_any({1, 2}); });
  const on_stop callback(claim.unwanted(), [&] { CHECK(map.insert(2, "v").resumed == 0); });
  any.destroy_coroutine();
  CHECK(any.pending());
  CHECK(claim.unwanted().stop_requested());
}

TEST_CASE("who is told that a claim is unwanted may destroy the wait that was stopped",
          "[4.1][3.8]") {
  map_type map;
  std::stop_source source;
  const auto claim = map.try_claim(1);
  support::noted<std::string> note;
  auto waiting = support::observe(map, 1, note, source.get_token());
  const on_stop callback(claim.unwanted(), [&] { waiting.destroy(); });
  source.request_stop();
  CHECK(note.pending());
  CHECK(claim.unwanted().stop_requested());
}

TEST_CASE("threads that leave tell the holder once", "[4.1][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    map_type map;
    const auto claim = map.try_claim(1);
    std::stop_source source;
    support::noted<std::string> notes[2];
    const auto one = support::observe(map, 1, notes[0], source.get_token());
    auto two = support::observe(map, 1, notes[1]);
    std::stop_token asked;
    support::race([&] { source.request_stop(); }, [&] { two.destroy(); },
                  [&] { asked = claim.unwanted(); });
    wrong += !asked.stop_requested() || map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

}  // namespace unwanted_test
#endif
