// A waiter once found its slot by its key: a key that was not equal to itself, one that had changed or died,
// and an equality that threw ended the program when the wait ended by itself (3.7).
#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/spawn.hpp"

namespace key_free_test {

using by_number = waitmap::wait_map<double, int>;
using by_name = waitmap::wait_map<std::string, int>;
using token = support::own_stop_source::token;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr int pending = -2;
constexpr int nothing = -1;

support::owned wait_for(by_number& map, double key, int& got, token stop = {}) {
  auto value = co_await map.wait(key, stop);
  got = value.value_or(nothing);
}

support::owned wait_for_all(by_number& map, std::vector<double> keys, std::size_t& ended,
                            token stop = {}) {
  auto outcomes = co_await map.wait_all(keys, stop);
  ended = outcomes.size();
}

support::owned wait_for_any(by_number& map, std::vector<double> keys, std::size_t& first) {
  auto outcome = co_await map.wait_any(keys);
  first = outcome.index;
}

TEST_CASE("a wait on a key that is not equal to itself ends as any other", "[3.7]") {
  by_number map;
  support::own_stop_source source;
  int got = pending;
  auto waiting = wait_for(map, nan, got, source.get_token());
  CHECK(map.waiting() == 1);
  SECTION("by a stop") {
    source.request_stop();
    CHECK(got == nothing);
  }
  SECTION("by its destruction") {
    waiting.destroy();
    CHECK(got == pending);
  }
  SECTION("by a cancel of all") {
    CHECK(map.cancel_all() == 1);
    CHECK(got == nothing);
  }
  SECTION("by a close") {
    CHECK(map.close() == 1);
    CHECK(got == nothing);
  }
  CHECK(map.waiting() == 0);
}

TEST_CASE("nobody finds a key that is not equal to itself, and it harms nothing", "[3.7]") {
  by_number map;
  int first = pending, second = pending, third = pending;
  auto one = wait_for(map, nan, first);
  auto two = wait_for(map, nan, second);
  auto three = wait_for(map, 1.0, third);
  CHECK(map.insert(nan, 10).resumed == 0);
  CHECK_FALSE(map.get(nan));
  CHECK(map.cancel(nan) == 0);
  CHECK(map.insert(1.0, 11).resumed == 1);
  CHECK(third == 11);
  two.destroy();
  CHECK(map.waiting() == 1);
  one.destroy();
  CHECK(map.waiting() == 0);
  CHECK(map.size() == 2);
  map.clear();
  CHECK(map.size() == 0);
}

TEST_CASE("a thread's time passes though its key is not equal to itself", "[3.7]") {
  by_number map;
  CHECK_FALSE(map.blocking_wait_for(nan, std::chrono::nanoseconds(1)));
  CHECK(map.waiting() == 0);
}

TEST_CASE("a claim on a key that is not equal to itself is dropped, failed and fulfilled",
          "[3.7][4.1]") {
  by_number map;
  auto claim = map.try_claim(nan);
  REQUIRE(claim);
  SECTION("dropped") { claim = {}; }
  SECTION("failed") { CHECK(claim.set_exception(std::make_exception_ptr(1)) == 0); }
  SECTION("fulfilled") {
    CHECK(claim.set_value(10).outcome == waitmap::insert_outcome::inserted);
    CHECK(map.size() == 1);
  }
  CHECK(map.waiting() == 0);
}

TEST_CASE("a wait for several keys ends though some are not equal to themselves", "[3.7][3]") {
  by_number map;
  SECTION("all, by a stop") {
    support::own_stop_source source;
    std::size_t ended = 0;
    auto waiting = wait_for_all(map, {nan, 1.0, nan}, ended, source.get_token());
    CHECK(map.waiting() == 3);
    source.request_stop();
    CHECK(ended == 3);
  }
  SECTION("all, by the coroutine's destruction") {
    std::size_t ended = 0;
    auto waiting = wait_for_all(map, {nan, 1.0, nan}, ended);
    waiting.destroy();
    CHECK(ended == 0);
  }
  SECTION("any, by the value of another") {
    std::size_t first = 9;
    auto waiting = wait_for_any(map, {nan, 1.0, nan}, first);
    map.insert(1.0, 10);
    CHECK(first == 1);
  }
  CHECK(map.waiting() == 0);
}

// Takes a reference, as users do; the caller's temporary is gone when the coroutine has suspended.
support::owned wait_by_reference(by_name& map, const std::string& key, int& got, token stop = {}) {
  auto value = co_await map.wait(key, stop);
  got = value.value_or(nothing);
}

TEST_CASE("an lvalue key may die when the coroutine has suspended", "[3.7]") {
  by_name map;
  support::own_stop_source source;
  int got = pending, other = pending;
  auto waiting = wait_by_reference(map, std::string(100, 'k'), got, source.get_token());
  CHECK(map.waiting(std::string(100, 'k')) == 1);
  SECTION("and the wait gets its value") {
    map.insert(std::string(100, 'k'), 10);
    CHECK(got == 10);
  }
  SECTION("and the wait is stopped") {
    source.request_stop();
    CHECK(got == nothing);
  }
  SECTION("and the coroutine is destroyed") { waiting.destroy(); }
  SECTION("and is destroyed where others wait") {
    auto behind = wait_by_reference(map, std::string(100, 'k'), other);
    waiting.destroy();
    CHECK(map.waiting() == 1);
    behind.destroy();
  }
  CHECK(map.waiting() == 0);
}

TEST_CASE("an lvalue key may change when the coroutine has suspended, or subscribe has returned",
          "[3.7]") {
  by_name map;
  std::string key(100, 'k');
  int got = pending;
  SECTION("of a coroutine") {
    auto waiting = wait_by_reference(map, key, got);
    key = "changed";
    waiting.destroy();
  }
  SECTION("of a subscription") {
    const auto subscribed = map.subscribe(key);
    key = "changed";
  }
  SECTION("of a claim") {
    auto claim = map.try_claim(key);
    key = "changed";
    CHECK(claim.set_value(10));
    CHECK(map.get(std::string(100, 'k')) == 10);
  }
  CHECK(map.waiting() == 0);
}

support::owned wait_for_list(by_name& map, const std::vector<std::string>& keys,
                             std::size_t& first) {
  auto outcome = co_await map.wait_any(keys);
  first = outcome.index;
}

TEST_CASE("the keys of a group may die when the coroutine has suspended", "[3.7][3]") {
  by_name map;
  std::size_t first = 9;
  auto keys = std::make_unique<std::vector<std::string>>(
      std::vector<std::string>{std::string(50, 'a'), std::string(50, 'b')});
  auto waiting = wait_for_list(map, *keys, first);
  keys = nullptr;
  SECTION("by a value") {
    map.insert(std::string(50, 'b'), 10);
    CHECK(first == 1);
  }
  SECTION("by its destruction") { waiting.destroy(); }
  CHECK(map.waiting() == 0);
}

// Whose equality throws, and hash too, when told to.
struct fragile_key {
  static inline bool broken = false;

  friend bool operator==(const fragile_key& left, const fragile_key& right) {
    if (broken) throw std::runtime_error("equality");
    return left.number == right.number;
  }
  int number;
};
struct fragile_hash {
  std::size_t operator()(const fragile_key& key) const {
    if (fragile_key::broken) throw std::runtime_error("hash");
    return static_cast<std::size_t>(key.number);
  }
};
using fragile_map = waitmap::wait_map<fragile_key, int, fragile_hash>;

support::owned wait_for(fragile_map& map, fragile_key key, int& got, token stop) {
  auto value = co_await map.wait(key, stop);
  got = value.value_or(nothing);
}

TEST_CASE("a wait ends by itself though hash and equality throw by then", "[3.7][6.2]") {
  fragile_map map;
  support::own_stop_source source;
  int got = pending;
  auto waiting = wait_for(map, {1}, got, source.get_token());
  auto claim = map.try_claim(fragile_key{2});
  auto dropped = map.try_claim(fragile_key{3});
  fragile_key::broken = true;
  SECTION("by a stop") {
    source.request_stop();
    CHECK(got == nothing);
  }
  SECTION("by its destruction") { waiting.destroy(); }
  CHECK(claim.set_value(20));
  dropped = {};
  fragile_key::broken = false;
  CHECK(map.get(fragile_key{2}) == 20);
  CHECK(map.waiting() == 0);
}

}  // namespace key_free_test
