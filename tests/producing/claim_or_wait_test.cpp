// One step: the caller becomes the producer of the key, or follows the one that there is.
#include <concepts>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"
#include "support/spawn.hpp"
#include "support/waiter.hpp"

namespace claim_or_wait_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::insert_outcome;
using waitmap::insert_result;
using waitmap::wait_status;

struct unlucky {};
const auto an_error = [] { return std::make_exception_ptr(unlucky{}); };

// Whether a follower was told this and has no claim.
template <class Waiter>
bool ended_with(Waiter& follower, wait_status why) {
  if (!follower.has_result()) return false;
  auto& [claim, outcome] = follower.result();
  return !claim && outcome.status() == why;
}

TEST_CASE("claim_or_wait claims a key that has neither a value nor a claim", "[3.12]") {
  map_type map;
  support::waiter caller([&] { return map.claim_or_wait(1); });
  REQUIRE(caller.has_result());
  auto& [claim, outcome] = caller.result();
  CHECK(claim);
  CHECK_FALSE(outcome);
  CHECK(outcome.status() == wait_status::claimed);
  CHECK(outcome.error() == nullptr);
  CHECK(map.waiting() == 0);
  CHECK_FALSE(map.try_claim(1));
  CHECK(claim.set_value("v") == insert_result{insert_outcome::inserted, 0});
  CHECK(map.get(1) == "v");
}

TEST_CASE("claim_or_wait claims a key that others wait for, and provides for them", "[3.12]") {
  map_type map;
  support::noted<std::string> first, second;
  const auto one = support::observe(map, 1, first);
  const auto two = support::take(map, 1, second);
  support::waiter caller([&] { return map.claim_or_wait(1); });
  REQUIRE(caller.has_result());
  CHECK((first.pending() && second.pending()));
  CHECK(map.waiting(1) == 2);
  CHECK(caller.result().claim.set_value("v") == insert_result{insert_outcome::handed_off, 2});
  CHECK(first.got("v"));
  CHECK(second.got("v"));
}

TEST_CASE("claim_or_wait gives the value that is there", "[3.12][3.1]") {
  map_type map;
  map.insert(1, "v");
  support::waiter caller([&] { return map.claim_or_wait(1); });
  REQUIRE(ended_with(caller, wait_status::value));
  CHECK(*caller.result().outcome == "v");
  CHECK(map.get(1) == "v");
}

TEST_CASE("a claim that is dropped with its result lets the next caller claim", "[3.12][4.1]") {
  map_type map;
  {
    support::waiter caller([&] { return map.claim_or_wait(1); });
    CHECK(caller.result().claim);
  }
  CHECK(map.try_claim(1));
}

TEST_CASE("who follows a claim gets its value", "[3.12]") {
  map_type map;
  auto claim = map.try_claim(1);
  support::waiter one([&] { return map.claim_or_wait(1); });
  support::waiter two([&] { return map.claim_or_wait(1); });
  CHECK((one.pending() && two.pending()));
  CHECK(map.waiting(1) == 2);
  CHECK(claim.set_value("v") == insert_result{insert_outcome::inserted, 2});
  REQUIRE((ended_with(one, wait_status::value) && ended_with(two, wait_status::value)));
  CHECK(*one.result().outcome == "v");
  CHECK(*two.result().outcome == "v");
}

TEST_CASE("who follows a claim gets the value that is delivered, exchanged or assigned",
          "[3.12][4]") {
  map_type map;
  const auto claim = map.try_claim(1);
  support::waiter follower([&] { return map.claim_or_wait(1); });
  SECTION("deliver") {
    CHECK(map.deliver(1, "v") == insert_result{insert_outcome::delivered, 1});
    CHECK_FALSE(map.contains(1));
    CHECK_FALSE(map.try_claim(1));
  }
  SECTION("insert_or_assign") { CHECK(map.insert_or_assign(1, "v").resumed == 1); }
  SECTION("exchange") { CHECK_FALSE(map.exchange(1, "v")); }
  SECTION("update") {
    map.update(1, [](auto& entry) { entry.emplace("v"); });
  }
  REQUIRE(ended_with(follower, wait_status::value));
  CHECK(*follower.result().outcome == "v");
}

TEST_CASE("who follows a claim gets its exception in the outcome: it is not rethrown", "[3.12]") {
  map_type map;
  auto claim = map.try_claim(1);
  support::waiter follower([&] { return map.claim_or_wait(1); });
  SECTION("that of the claim") { CHECK(claim.set_exception(an_error()) == 1); }
  SECTION("that of fail") { CHECK(map.fail(1, an_error()) == 1); }
  SECTION("that of close") { CHECK(map.close(an_error()) == 1); }
  REQUIRE(ended_with(follower, wait_status::failed));
  CHECK_THROWS_AS(follower.result().outcome.value(), unlucky);
}

TEST_CASE("who follows a claim learns why there is no value", "[3.12][4]") {
  map_type map;
  support::own_stop_source source;
  const auto claim = map.try_claim(1);
  support::waiter follower([&] { return map.claim_or_wait(1, source.get_token()); });
  SECTION("cancel") {
    CHECK(map.cancel(1) == 1);
    CHECK(ended_with(follower, wait_status::cancelled));
  }
  SECTION("cancel_all") {
    CHECK(map.cancel_all() == 1);
    CHECK(ended_with(follower, wait_status::cancelled));
  }
  SECTION("stop") {
    source.request_stop();
    CHECK(ended_with(follower, wait_status::stopped));
  }
  SECTION("close") {
    CHECK(map.close() == 1);
    CHECK(ended_with(follower, wait_status::closed));
  }
  CHECK(map.waiting() == 0);
  CHECK_FALSE(map.try_claim(1));
}

TEST_CASE("a stop that was requested before claims nothing", "[3.12][3.1][3.8]") {
  map_type map;
  support::own_stop_source source;
  source.request_stop();
  const auto make = [&] { return map.claim_or_wait(1, source.get_token()); };
  support::waiter absent(make);
  CHECK(ended_with(absent, wait_status::stopped));
  {
    const auto claim = map.try_claim(1);
    REQUIRE(claim);
    support::waiter claimed(make);
    CHECK(ended_with(claimed, wait_status::stopped));
  }
  map.insert(1, "v");
  support::waiter present(make);
  CHECK(ended_with(present, wait_status::value));
}

TEST_CASE("a stop that comes too late does not take the claim away", "[3.12][3.8]") {
  map_type map;
  support::own_stop_source source;
  std::optional first = map.try_claim(1);
  support::waiter follower([&] { return map.claim_or_wait(1, source.get_token()); });
  first.reset();
  source.request_stop();
  REQUIRE(follower.has_result());
  CHECK(follower.result().claim);
  CHECK(source.callbacks() == 0);
}

TEST_CASE("claim_or_wait on a closed map claims nothing", "[3.12][4]") {
  map_type map;
  map.insert(1, "v");
  SECTION("closed") {
    map.close();
    support::waiter absent([&] { return map.claim_or_wait(2); });
    CHECK(ended_with(absent, wait_status::closed));
  }
  SECTION("closed with an error") {
    map.close(an_error());
    support::waiter absent([&] { return map.claim_or_wait(2); });
    REQUIRE(ended_with(absent, wait_status::failed));
    CHECK_THROWS_AS(absent.result().outcome.value(), unlucky);
  }
  support::waiter present([&] { return map.claim_or_wait(1); });
  CHECK(ended_with(present, wait_status::value));
}

TEST_CASE("the key of claim_or_wait may die when it has suspended", "[3.12][3.7]") {
  waitmap::wait_map<std::string, int> map;
  const auto key_of = [](char letter) { return std::string(50, letter); };
  auto key = std::make_unique<std::string>(key_of('k'));
  support::waiter holder([&] { return map.claim_or_wait(*key); });
  support::waiter follower([&] { return map.claim_or_wait(*key); });
  support::waiter other([&] { return map.claim_or_wait(*key); });
  *key = key_of('x');
  key.reset();
  REQUIRE(holder.has_result());
  CHECK(follower.pending());
  holder.result().claim = {};
  REQUIRE(follower.has_result());
  CHECK(follower.result().claim.set_value(7).resumed == 1);
  REQUIRE(other.has_result());
  CHECK(*other.result().outcome == 7);
  CHECK(map.get(key_of('k')) == 7);
}

TEST_CASE("a claim_or_wait that is never awaited claims nothing", "[3.12][3.10]") {
  map_type map;
  {
    [[maybe_unused]] auto never = map.claim_or_wait(1);
  }
  CHECK(map.try_claim(1));
}

TEST_CASE("a claim_or_wait can be moved until it is awaited", "[3.12][3.13]") {
  map_type map;
  support::waiter caller([&] {
    auto operation = map.claim_or_wait(1);
    auto moved = std::move(operation);
    return moved;
  });
  REQUIRE(caller.has_result());
  CHECK(caller.result().claim);
}

TEST_CASE("what claim_or_wait gives can be moved and not copied", "[3.12]") {
  using result = map_type::claim_or_outcome_type;
  STATIC_REQUIRE(std::movable<map_type::claim_type>);
  STATIC_REQUIRE(std::move_constructible<result>);
  STATIC_REQUIRE_FALSE(std::copy_constructible<result>);
  map_type map;
  support::waiter caller([&] { return map.claim_or_wait(1); });
  result moved = std::move(caller.result());
  CHECK_FALSE(caller.result().claim);
  CHECK(moved.claim.set_value("v"));
}

TEST_CASE("a value that fails to be copied to a follower fails that follower alone",
          "[3.12][3.9]") {
  using value = support::counted<>;
  value::reset();
  waitmap::wait_map<int, value> map;
  auto claim = map.try_claim(1);
  support::waiter one([&] { return map.claim_or_wait(1); });
  support::waiter two([&] { return map.claim_or_wait(1); });
  value::copies_before_throw = 1;
  CHECK(claim.set_value(value(7)).resumed == 2);
  value::copies_before_throw = -1;
  REQUIRE((one.has_result() && two.has_result()));
  CHECK(one.result().outcome->number() == 7);
  CHECK(two.result().outcome.status() == wait_status::failed);
  CHECK_THROWS_AS(two.result().outcome.value(), support::told_to_throw);
}

TEST_CASE("a follower that is destroyed leaves the claim and the others", "[3.12][3.6]") {
  map_type map;
  auto claim = map.try_claim(1);
  const auto follow = [&] { return map.claim_or_wait(1); };
  support::waiter one(follow), two(follow), three(follow);
  for (auto* each : {&two, &one, &three}) each->destroy_coroutine();
  CHECK(map.waiting() == 0);
  CHECK_FALSE(map.try_claim(1));
  CHECK(claim.set_value("v") == insert_result{insert_outcome::inserted, 0});
  CHECK((one.pending() && two.pending() && three.pending()));
}

// Two keys in one shard, so that one operation lets go of both their claims: whoever is resumed first
// destroys the other, to whom the other claim has come.
struct pair_of_followers {
  map_type map{waitmap::options{.capacity = 0, .shards = 1}};
  support::owned coroutines[2];
  int resumed = 0;

  static support::owned follow(pair_of_followers& all, int own) {
    auto found = co_await all.map.claim_or_wait(own);
    CHECK(found.claim);
    ++all.resumed;
    all.coroutines[1 - own].destroy();
  }
};

TEST_CASE("a coroutine that is destroyed when the claim has come to it passes it on",
          "[3.12][3.6]") {
  pair_of_followers pair;
  const auto claims = std::pair(pair.map.try_claim(0), pair.map.try_claim(1));
  for (const int key : {0, 1}) pair.coroutines[key] = pair_of_followers::follow(pair, key);
  support::waiter next_of_zero([&] { return pair.map.claim_or_wait(0); });
  support::waiter next_of_one([&] { return pair.map.claim_or_wait(1); });
  pair.map.clear();  // revokes both
  CHECK(pair.resumed == 1);
  REQUIRE((next_of_zero.has_result() && next_of_one.has_result()));
  CHECK(next_of_zero.result().claim);
  CHECK(next_of_one.result().claim);
  CHECK(pair.map.waiting() == 0);
}

// What a user may write: an executor that ends with coroutines in its queue.
struct posted_policy : waitmap::default_policy {
  struct resumer {
    std::vector<std::coroutine_handle<>>* posted;
    void operator()(std::coroutine_handle<> coroutine) const { posted->push_back(coroutine); }
  };
};
using posting_map = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                      waitmap::default_equal<int>, posted_policy>;

support::detached follow_posted(posting_map& map, int& resumed) {
  auto found = co_await map.claim_or_wait(1);
  ++resumed;
  CHECK(found.claim);
}

TEST_CASE("a claim that has come to a coroutine whose executor destroys it passes on",
          "[3.12][5.2]") {
  std::vector<std::coroutine_handle<>> posted;
  posting_map map(posted_policy::resumer{&posted});
  std::optional claim = map.try_claim(1);
  int resumed = 0;
  follow_posted(map, resumed);
  follow_posted(map, resumed);
  support::waiter plain([&] { return map.wait_result(1); });
  claim.reset();
  REQUIRE(posted.size() == 1);
  posted[0].destroy();
  REQUIRE(posted.size() == 2);
  CHECK_FALSE(map.try_claim(1));
  CHECK(map.waiting(1) == 1);
  posted[1].destroy();  // nobody follows any more
  REQUIRE(posted.size() == 3);
  posted[2].resume();
  CHECK(resumed == 0);
  REQUIRE(plain.has_result());
  CHECK(plain.result().status() == wait_status::abandoned);
  CHECK(map.try_claim(1));
}

TEST_CASE("a claim that has come to a coroutine whose executor destroys it may outlive the map",
          "[3.12][5.2]") {
  std::vector<std::coroutine_handle<>> posted;
  std::optional<posting_map> map(std::in_place, posted_policy::resumer{&posted});
  std::optional claim = map->try_claim(1);
  int resumed = 0;
  follow_posted(*map, resumed);
  claim.reset();
  REQUIRE(posted.size() == 1);
  map.reset();
  posted[0].destroy();
  CHECK(resumed == 0);
}

}  // namespace claim_or_wait_test
