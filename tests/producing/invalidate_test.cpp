// What is invalidated is gone, and what is being computed from before is not stored.
#include <array>
#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "producing/compute.hpp"
#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/spawn.hpp"
#include "support/waiter.hpp"

namespace invalidate_test {

using text_map = waitmap::wait_map<int, std::string>;
using waitmap::insert_outcome;
using waitmap::insert_result;
using waitmap::wait_status;

TEST_CASE("invalidate removes the value and says whether there was something", "[2.7]") {
  text_map map;
  map.insert(1, "v");
  map.insert(2, "w");
  CHECK(map.invalidate(1));
  CHECK_FALSE(map.contains(1));
  CHECK(map.get(2) == "w");
  CHECK_FALSE(map.invalidate(1));
  CHECK(map.size() == 1);
}

TEST_CASE("invalidate leaves those who wait for a key that nobody has claimed", "[2.7]") {
  text_map map;
  support::noted<std::string> note;
  const auto waiting = support::observe(map, 1, note);
  CHECK_FALSE(map.invalidate(1));
  CHECK(note.pending());
  CHECK(map.insert(1, "v").resumed == 1);
}

struct calling_value {
  waitmap::wait_map<int, std::unique_ptr<calling_value>>* map;
  int* sizes;
  ~calling_value() {
    *sizes += static_cast<int>(map->size());
    map->try_emplace(7);
  }
};

TEST_CASE("the destructor of an invalidated value may call the map", "[2.7][2.3]") {
  waitmap::wait_map<int, std::unique_ptr<calling_value>> map(
      waitmap::options{.capacity = 0, .shards = 1});
  int sizes = 0;
  map.insert(1, std::unique_ptr<calling_value>(new calling_value{&map, &sizes}));
  map.insert(2, nullptr);
  CHECK(map.invalidate(1));
  CHECK(sizes == 1);
  CHECK(map.contains(7));
}

TEST_CASE("a revoked claim that nobody follows is over, and its key can be claimed anew",
          "[2.7][4.1]") {
  text_map map;
  auto stale = map.try_claim(1);
  support::waiter plain([&] { return map.wait_result(1); });
  CHECK(map.invalidate(1));
  REQUIRE(plain.has_result());
  CHECK(plain.result().status() == wait_status::abandoned);
  CHECK(stale);  // engaged still
  CHECK_FALSE(map.invalidate(1));
  CHECK(map.try_claim(1));
}

TEST_CASE("a revoked claim does not harm the next", "[2.7][4.1]") {
  text_map map;
  std::optional stale = map.try_claim(1);
  map.invalidate(1);
  auto fresh = map.try_claim(1);
  support::waiter follower([&] { return map.claim_or_wait(1); });
  support::noted<std::string> plain;
  const auto waiting = support::observe(map, 1, plain);
  SECTION("by a value, which stays with its producer") {
    std::string value(50, 'v');
    CHECK(stale->set_value(std::move(value)) == insert_result{insert_outcome::revoked, 0});
    CHECK(value == std::string(50, 'v'));
    CHECK_FALSE(*stale);
  }
  SECTION("by an exception") { CHECK(stale->set_exception(std::make_exception_ptr(7)) == 0); }
  SECTION("when it is dropped") { stale.reset(); }
  CHECK((follower.pending() && plain.pending()));
  CHECK_FALSE(map.contains(1));
  CHECK(fresh.set_value("fresh").resumed == 2);
  CHECK(plain.got("fresh"));
}

TEST_CASE("a claim says that it was revoked, whatever became of the key and the map",
          "[2.7][4.1]") {
  std::optional<text_map> map(std::in_place);
  auto stale = map->try_claim(1);
  map->invalidate(1);
  SECTION("a value came") { map->insert(1, "v"); }
  SECTION("the map was closed") { map->close(); }
  SECTION("the map is gone") { map.reset(); }
  CHECK(stale.set_value("stale").outcome == insert_outcome::revoked);
}

TEST_CASE("the oldest follower of a revoked claim is its producer now, the others wait on",
          "[2.7][3.12]") {
  text_map map;
  auto stale = map.try_claim(1);
  const auto follow = [&] { return map.claim_or_wait(1); };
  support::noted<std::string> plain;
  const auto waiting = support::observe(map, 1, plain);
  support::waiter oldest(follow), other(follow);
  CHECK(map.invalidate(1));
  REQUIRE(oldest.has_result());
  CHECK(oldest.result().outcome.status() == wait_status::claimed);
  CHECK((other.pending() && plain.pending()));
  CHECK(map.waiting(1) == 2);
  CHECK(stale.set_value("stale").outcome == insert_outcome::revoked);
  CHECK(oldest.result().claim.set_value("fresh").resumed == 2);
  CHECK(*other.result().outcome == "fresh");
  CHECK(plain.got("fresh"));
}

TEST_CASE("a claim can be revoked again and again", "[2.7][3.12]") {
  text_map map;
  std::optional first = map.try_claim(1);
  const auto follow = [&] { return map.claim_or_wait(1); };
  std::deque<support::waiter<decltype(follow)>> followers;
  for (int i = 0; i < 4; ++i) followers.emplace_back(follow);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(map.invalidate(1));
    REQUIRE(followers[i].has_result());
    CHECK(followers[i].result().claim);
    CHECK(followers[i + 1].pending());
  }
  // All but the third are stale: none of them does anything, in whatever order they go.
  CHECK(followers[1].result().claim.set_value("stale").outcome == insert_outcome::revoked);
  first.reset();
  CHECK(followers[0].result().claim.set_exception(std::make_exception_ptr(7)) == 0);
  CHECK(followers[3].pending());
  followers[2].result().claim = {};  // dropped: the last has it
  REQUIRE(followers[3].has_result());
  CHECK(followers[3].result().claim.set_value("v").outcome == insert_outcome::inserted);
  CHECK(map.get(1) == "v");
}

TEST_CASE("the last owner of a revoked claim may be any of its holders", "[2.7][4.1]") {
  enum class last { stale, fresh };
  const auto which = GENERATE(last::stale, last::fresh);
  text_map map;
  std::optional stale = map.try_claim(1);
  support::waiter follower([&] { return map.claim_or_wait(1); });
  map.invalidate(1);
  if (which == last::stale) {
    follower.result().claim = {};
    CHECK(map.try_claim(1));
    stale.reset();
  } else {
    stale.reset();
    CHECK_FALSE(map.try_claim(1));
    CHECK(follower.result().claim.set_value("v"));
  }
}

// Notes what the map looks like when it is resumed.
support::owned look_around(text_map& map, int key, int& claimed, int& wrong) {
  auto found = co_await map.claim_or_wait(key);
  claimed += found.claim ? 1 : 0;
  wrong += !map.empty() || map.waiting() != 0;
  wrong += found.claim.set_value("fresh").outcome != insert_outcome::inserted;
  map.erase(key);
}

TEST_CASE("clear removes all values and revokes all claims, and then resumes", "[2.7][5.1]") {
  constexpr int keys = 200;
  for (const std::size_t shards : {std::size_t{1}, std::size_t{16}}) {
    text_map map(waitmap::options{.capacity = 0, .shards = shards});
    std::vector<text_map::claim_type> stale;
    std::vector<support::owned> followers;
    int claimed = 0, wrong = 0;
    for (int key = 0; key < keys; ++key) {
      map.insert(keys + key, "old");
      stale.push_back(map.try_claim(key));
      followers.push_back(look_around(map, key, claimed, wrong));
    }
    map.clear();
    CHECK(claimed == keys);
    CHECK(wrong == 0);
    CHECK(map.empty());
    for (auto& each : stale) wrong += each.set_value("stale").outcome != insert_outcome::revoked;
    CHECK(wrong == 0);
    CHECK(map.empty());
  }
}

TEST_CASE("clear leaves those who wait for keys that nobody has claimed", "[2.7]") {
  text_map map(waitmap::options{.capacity = 0, .shards = 1});
  support::noted<std::string> waits, abandoned;
  const auto one = support::observe(map, 1, waits);
  const auto two = support::observe(map, 2, abandoned);
  const auto claim = map.try_claim(2);
  map.insert(3, "v");
  map.clear();
  CHECK(waits.pending());
  CHECK(abandoned.got_nothing());
  CHECK(map.empty());
  CHECK(map.waiting() == 1);
}

TEST_CASE("clear leaves no slot of a claim that it revokes", "[2.7][1.4]") {
  text_map map(waitmap::options{.capacity = 0, .shards = 1});
  std::vector<text_map::claim_type> claims;
  for (int key = 0; key < 10'000; ++key) claims.push_back(map.try_claim(key));
  map.clear();
  CHECK(map.capacity() < 100);
}

// --- what is computed

TEST_CASE("what an invalidated caller computes is its own and is not stored", "[2.7][4.2]") {
  map_type map;
  workshop before, after;
  support::waiter leader([&] { return waitmap::get_or_compute(map, 1, before.factory()); });
  CHECK(map.invalidate(1));
  SECTION("and nobody else asks") {}
  SECTION("and callers afterwards start afresh") {
    support::waiter fresh([&] { return waitmap::get_or_compute(map, 1, after.factory()); });
    CHECK(after.calls == 1);
    before.finish(6);
    CHECK(fresh.pending());
    after.finish(7);
    REQUIRE(fresh.has_result());
    CHECK(fresh.result() == 7);
  }
  if (leader.pending()) before.finish(6);
  REQUIRE(leader.has_result());
  CHECK(leader.result() == 6);
  CHECK(map.get(1) == (after.calls == 1 ? std::optional<int>(7) : std::nullopt));
}

TEST_CASE("of those who wait for an invalidated computation the oldest computes anew",
          "[2.7][4.2]") {
  map_type map;
  workshop before, after, never;
  support::waiter leader([&] { return waitmap::get_or_compute(map, 1, before.factory()); });
  support::waiter oldest([&] { return waitmap::get_or_compute(map, 1, after.factory()); });
  support::waiter other([&] { return waitmap::get_or_compute(map, 1, never.factory()); });
  SECTION("by invalidate") { CHECK(map.invalidate(1)); }
  SECTION("by clear") { map.clear(); }
  CHECK(after.calls == 1);
  CHECK(never.calls == 0);
  before.finish(6);
  REQUIRE(leader.has_result());
  CHECK(leader.result() == 6);
  CHECK_FALSE(map.contains(1));
  CHECK(other.pending());
  after.finish(7);
  REQUIRE((oldest.has_result() && other.has_result()));
  CHECK(oldest.result() == 7);
  CHECK(other.result() == 7);
  CHECK(map.get(1) == 7);
}

TEST_CASE("what an invalidated factory throws is its caller's alone", "[2.7][4.2]") {
  map_type map;
  workshop before, after;
  support::waiter leader([&] { return waitmap::get_or_compute(map, 1, before.factory()); });
  support::waiter follower([&] { return waitmap::get_or_compute(map, 1, after.factory()); });
  map.invalidate(1);
  before.finish(0);
  CHECK(leader.failed_with<unlucky>());
  CHECK(follower.pending());
  after.finish(7);
  CHECK(follower.has_result());
}

}  // namespace invalidate_test
