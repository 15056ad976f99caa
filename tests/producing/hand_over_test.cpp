// A claim that is dropped passes to the oldest follower; nobody else hears of it.
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"
#include "support/spawn.hpp"
#include "support/stack.hpp"
#include "support/waiter.hpp"

namespace hand_over_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::insert_outcome;
using waitmap::insert_result;
using waitmap::wait_status;

template <class Waiter>
bool has_claim(Waiter& follower) {
  return follower.has_result() && follower.result().claim;
}
template <class Waiter>
bool ended_with(Waiter& follower, wait_status why) {
  return follower.has_result() && !follower.result().claim &&
         follower.result().outcome.status() == why;
}

// Writes its name down when its wait ends.
template <class Make>
support::owned sign(Make make, std::string name, std::vector<std::string>& signed_by) {
  auto operation = make();
  auto result = co_await operation;
  static_cast<void>(result);
  signed_by.push_back(name);
}

TEST_CASE("only the oldest follower hears of a claim that is dropped, all others wait on in order",
          "[3.12][4.1][3.4]") {
  map_type map;
  std::vector<std::string> names;
  std::optional claim = map.try_claim(1);
  const auto one = sign([&] { return map.wait(1); }, "observer", names);
  support::waiter oldest([&] { return map.claim_or_wait(1); });
  const auto two = sign([&] { return map.take(1); }, "taker", names);
  const auto three = sign([&] { return map.wait_all({1}); }, "all", names);
  const auto four = sign([&] { return map.claim_or_wait(1); }, "follower", names);
  const auto five = sign([&] { return map.wait_any({2, 1}); }, "any", names);
  const auto six = sign([&] { return map.wait_with(1, &std::string::size); }, "visitor", names);
  auto subscribed = map.subscribe(1);
  std::optional<std::string> blocked;
  std::thread thread([&] { blocked = map.blocking_wait(1); });
  while (map.waiting(1) != 9) std::this_thread::yield();
  const auto seven = sign([&] { return map.wait_result(1); }, "result", names);

  claim.reset();
  CHECK(has_claim(oldest));
  CHECK(names.empty());
  CHECK(map.waiting(1) == 9);
  CHECK_FALSE(map.try_claim(1));

  CHECK(oldest.result().claim.set_value("v") == insert_result{insert_outcome::handed_off, 9});
  thread.join();
  CHECK(names == std::vector<std::string>{"observer", "taker", "all", "follower", "any", "visitor",
                                          "result"});
  CHECK(blocked == "v");
  std::optional<std::optional<std::string>> of_subscription;
  support::await_into(subscribed, of_subscription);
  CHECK(of_subscription == std::optional<std::string>("v"));
  CHECK(map.waiting() == 0);
}

TEST_CASE("followers get the claim in the order in which they came", "[3.12][3.4]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  const auto follow = [&] { return map.claim_or_wait(1); };
  std::deque<support::waiter<decltype(follow)>> followers;
  for (int i = 0; i < 5; ++i) followers.emplace_back(follow);
  claim.reset();
  for (std::size_t i = 0; i < 5; ++i) {
    REQUIRE(has_claim(followers[i]));
    CHECK(map.waiting(1) == 4 - i);
    if (i + 1 < 5) CHECK(followers[i + 1].pending());
    followers[i].result().claim = {};
  }
  CHECK(map.try_claim(1));
}

TEST_CASE("plain waiters hear of a dropped claim only when nobody follows it", "[3.12][4.1]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  support::waiter before([&] { return map.wait_result(1); });
  support::waiter follower([&] { return map.claim_or_wait(1); });
  support::waiter behind([&] { return map.wait_result(1); });
  claim.reset();
  CHECK((before.pending() && behind.pending()));
  REQUIRE(has_claim(follower));
  follower.result().claim = {};
  REQUIRE((before.has_result() && behind.has_result()));
  CHECK(before.result().status() == wait_status::abandoned);
  CHECK(behind.result().status() == wait_status::abandoned);
  CHECK(map.try_claim(1));
}

TEST_CASE("a follower that came after the hand-over is next", "[3.12]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  const auto follow = [&] { return map.claim_or_wait(1); };
  support::waiter first(follow);
  claim.reset();
  support::waiter second(follow);
  CHECK(second.pending());
  first.result().claim = {};
  CHECK(has_claim(second));
}

TEST_CASE("followers that have left are skipped", "[3.12][3.6]") {
  map_type map;
  support::own_stop_source source;
  std::optional claim = map.try_claim(1);
  const auto follow = [&] { return map.claim_or_wait(1); };
  support::waiter stopped([&] { return map.claim_or_wait(1, source.get_token()); });
  support::noted<std::string> plain;
  const auto waiting = support::observe(map, 1, plain);
  support::waiter destroyed(follow), next(follow), last(follow);
  source.request_stop();
  destroyed.destroy_coroutine();
  claim.reset();
  CHECK(ended_with(stopped, wait_status::stopped));
  CHECK(destroyed.pending());
  CHECK(has_claim(next));
  CHECK((last.pending() && plain.pending()));
}

TEST_CASE("the youngest follower may leave first", "[3.12][3.6]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  const auto follow = [&] { return map.claim_or_wait(1); };
  support::waiter first(follow), second(follow), third(follow);
  third.destroy_coroutine();
  first.destroy_coroutine();
  claim.reset();
  REQUIRE(has_claim(second));
  second.result().claim = {};
  CHECK(map.try_claim(1));
}

TEST_CASE("what ends the waits leaves the claim, and it passes to who follows later",
          "[3.12][4.1][4]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  const auto follow = [&] { return map.claim_or_wait(1); };
  support::waiter early(follow), too(follow);
  SECTION("cancel") {
    CHECK(map.cancel(1) == 2);
    CHECK(ended_with(early, wait_status::cancelled));
  }
  SECTION("cancel_if") {
    CHECK(map.cancel_if([](int) { return true; }) == 2);
    CHECK(ended_with(early, wait_status::cancelled));
  }
  SECTION("fail") {
    CHECK(map.fail(1, std::make_exception_ptr(7)) == 2);
    CHECK(ended_with(early, wait_status::failed));
  }
  SECTION("fail_all") {
    CHECK(map.fail_all(std::make_exception_ptr(7)) == 2);
    CHECK(ended_with(early, wait_status::failed));
  }
  SECTION("deliver") {
    CHECK(map.deliver(1, "v") == insert_result{insert_outcome::delivered, 2});
    CHECK(ended_with(early, wait_status::value));
  }
  support::waiter plain([&] { return map.wait(1); });
  support::waiter late(follow), later(follow);
  CHECK(late.pending());
  claim.reset();
  CHECK(has_claim(late));
  CHECK((later.pending() && plain.pending()));
}

TEST_CASE("takers that wait on keep a claim's followers to come apart", "[3.12][3.5]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  support::noted<std::string> first, second;
  const auto one = support::take(map, 1, first);
  support::waiter follower([&] { return map.claim_or_wait(1); });
  const auto two = support::take(map, 1, second);
  CHECK(map.deliver(1, "v") == insert_result{insert_outcome::delivered, 2});
  CHECK(first.got("v"));
  CHECK(ended_with(follower, wait_status::value));
  CHECK(second.pending());
  support::waiter late([&] { return map.claim_or_wait(1); });
  claim.reset();
  CHECK(has_claim(late));
  CHECK(second.pending());
}

TEST_CASE("an overtaken claim passes to nobody, and does not harm the next", "[3.12][4.1]") {
  map_type map;
  std::optional stale = map.try_claim(1);
  const auto follow = [&] { return map.claim_or_wait(1); };
  support::waiter follower(follow);
  CHECK(map.insert(1, "theirs").resumed == 1);
  CHECK(ended_with(follower, wait_status::value));
  map.erase(1);
  support::waiter holder(follow), next(follow);
  REQUIRE(has_claim(holder));
  stale.reset();
  CHECK(next.pending());
  holder.result().claim = {};
  CHECK(has_claim(next));
}

TEST_CASE("a claim that a follower has can be overtaken", "[3.12][4.1]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  support::waiter follower([&] { return map.claim_or_wait(1); });
  claim.reset();
  CHECK(map.insert(1, "theirs"));
  CHECK(follower.result().claim.set_value("ours").outcome == insert_outcome::present);
  CHECK(map.get(1) == "theirs");
}

TEST_CASE("a claim of a closed map passes to nobody", "[3.12][4]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  support::waiter follower([&] { return map.claim_or_wait(1); });
  CHECK(map.close() == 1);
  CHECK(ended_with(follower, wait_status::closed));
  claim.reset();
  CHECK(ended_with(follower, wait_status::closed));
}

TEST_CASE("a claim that has come to a coroutine which is not yet resumed is its own",
          "[3.12][3.2]") {
  support::manual_executor executor;
  std::optional<support::manual_map<int, int>> map(std::in_place, executor.get_resumer());
  std::optional claim = map->try_claim(1);
  support::waiter follower([&] { return map->claim_or_wait(1); });
  claim.reset();
  CHECK(follower.pending());
  CHECK_FALSE(map->try_claim(1));
  SECTION("though the waits are cancelled") {
    CHECK(map->cancel_all() == 0);
    executor.run_all();
    REQUIRE(has_claim(follower));
    CHECK(follower.result().claim.set_value(7).outcome == insert_outcome::inserted);
  }
  SECTION("though the map is closed") {
    CHECK(map->close() == 0);
    executor.run_all();
    REQUIRE(has_claim(follower));
    CHECK(follower.result().claim.set_value(7).outcome == insert_outcome::closed);
  }
  SECTION("though it is revoked") {
    CHECK(map->invalidate(1));
    executor.run_all();
    REQUIRE(has_claim(follower));
    CHECK(follower.result().claim.set_value(7).outcome == insert_outcome::revoked);
  }
  SECTION("though the map is gone") {
    map.reset();
    executor.run_all();
    REQUIRE(has_claim(follower));
    CHECK(follower.result().claim.set_value(7).outcome == insert_outcome::closed);
  }
}

TEST_CASE("for_each_waiting names the place of the new holder", "[3.12][4.1]") {
  map_type map;
  std::optional claim = map.try_claim(1);
  const auto here = std::source_location::current();
  support::waiter follower([&] { return map.claim_or_wait(1, {}, here); });
  const auto line_of_claim = [&] {
    unsigned line = 0;
    map.for_each_waiting([&](int, std::span<const std::source_location>,
                             const std::source_location* at) { line = at ? at->line() : 0; });
    return line;
  };
  CHECK(line_of_claim() + 2 == here.line() + 1);
  claim.reset();
  CHECK(line_of_claim() == here.line());
}

// Counts what a look-up needs.
struct counts {
  static inline std::size_t hashes = 0, comparisons = 0;
};
struct counting_hash {
  using is_avalanching = void;
  std::size_t operator()(int key) const noexcept {
    ++counts::hashes;
    return std::hash<int>()(key);
  }
};
struct counting_equal {
  bool operator()(int left, int right) const noexcept {
    ++counts::comparisons;
    return left == right;
  }
};
using counting_map = waitmap::wait_map<int, int, counting_hash, counting_equal>;

// Takes the claim when it comes, and lets go of it at its end.
support::owned follow_shortly(counting_map& map, int& held) {
  auto found = co_await map.claim_or_wait(1);
  held += found.claim ? 1 : 0;
}

// With a step for each waiter in front, for each follower, this would take minutes.
TEST_CASE("followers that leave one after the other behind many waiters take a step each",
          "[3.12][3.7]") {
  counting_map map;
  constexpr int count = 100'000 / support::slowness;
  std::optional claim = map.try_claim(1);
  std::vector<support::owned> plain, followers;
  support::noted<int> note;
  int held = 0;
  for (int i = 0; i < count; ++i) plain.push_back(support::observe(map, 1, note));
  for (int i = 0; i < count; ++i) followers.push_back(follow_shortly(map, held));
  counts::hashes = 0;
  (void)map.contains(1);
  const std::size_t look_up =
      counts::hashes;  // in debug builds newer abseil hashes what it finds as well
  counts::hashes = counts::comparisons = 0;
  SECTION("each gets the claim") {
    claim.reset();
    CHECK(held == count);
    CHECK(note.ends == count);  // then nobody follows
  }
  SECTION("each is destroyed, the oldest first") {
    for (auto& each : followers) each.destroy();
    CHECK(held == 0);
    CHECK(map.cancel(1) == std::size_t{count});
    CHECK(counts::hashes == look_up);  // of cancel()
    counts::hashes = counts::comparisons = 0;
  }
  CHECK(counts::hashes == 0);
  CHECK(counts::comparisons <= 2);  // the key of the slot, when the list is empty
  CHECK(map.waiting() == 0);
}

TEST_CASE("followers between plain waiters are found without a look at those in front", "[3.12]") {
  counting_map map;
  constexpr int count = 100'000 / support::slowness;
  std::optional claim = map.try_claim(1);
  std::vector<support::owned> all;
  support::noted<int> note;
  int held = 0;
  for (int i = 0; i < count; ++i) {
    all.push_back(support::observe(map, 1, note));
    all.push_back(follow_shortly(map, held));
  }
  claim.reset();
  CHECK(held == count);
  CHECK(note.ends == count);
}

}  // namespace hand_over_test
