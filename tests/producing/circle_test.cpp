// Computations that wait for themselves: debug builds find it where the factories' own coroutines ask.
#include <atomic>
#include <source_location>
#include <string>
#include <string_view>
#include <thread>

#include "producing/compute.hpp"
#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace circle_test {

using waitmap::circular_computation;

#ifndef NDEBUG

constexpr bool names(const std::source_location& place) {
  return std::string_view(place.file_name()).ends_with("circle_test.cpp");
}

TEST_CASE("a computation that asks for its own key is told so", "[4.2]") {
  map_type map;
  int calls = 0;
  const auto own_factory = [&]() -> lazy<int> {
    ++calls;
    const auto never = []() -> lazy<int> { co_return 0; };
    auto own = co_await waitmap::get_or_compute(map, 1, never);
    co_return own;
  };
  support::waiter asking([&] { return waitmap::get_or_compute(map, 1, own_factory); });
  const auto error = asking.error<circular_computation>();
  REQUIRE(error);
  CHECK(error->circle().size() == 1);
  CHECK(names(error->circle()[0]));
  CHECK(std::string(error->what()).find("in a circle of 1 key") != std::string::npos);
  CHECK(std::string(error->what()).find("circle_test.cpp") != std::string::npos);
  CHECK(calls == 1);
  CHECK((map.empty() && map.waiting() == 0));
  auto again = map.try_claim(1);
  CHECK(again);
}

lazy<int> next_of(map_type& map, int key, int keys);

lazy<int> next_of(map_type& map, int key, int keys) {
  const int next = (key + 1) % keys;
  const auto factory = [&map, next, keys] { return next_of(map, next, keys); };
  auto value = co_await waitmap::get_or_compute(map, next, factory);
  co_return value;
}

TEST_CASE("a circle of keys is told to all who ask in it", "[4.2]") {
  map_type map;
  const auto factory = [&] { return next_of(map, 0, 5); };
  support::waiter asking([&] { return waitmap::get_or_compute(map, 0, factory); });
  const auto error = asking.error<circular_computation>();
  REQUIRE(error);
  CHECK(error->circle().size() == 5);
  CHECK(std::string(error->what()).find("in a circle of 5 keys") != std::string::npos);
  CHECK((map.empty() && map.waiting() == 0));
}

struct crossing {
  map_type map;
  std::atomic<int> got = 0;
  std::atomic<int> told = 0;

  lazy<int> asks_for(int other) {
    const auto factory = []() -> lazy<int> { co_return 1; };
    auto value = co_await waitmap::get_or_compute(map, other, factory);
    co_return value;
  }
  support::detached ask(int own, int other) {
    try {
      const auto factory = [this, other] { return asks_for(other); };
      auto value = co_await waitmap::get_or_compute(map, own, factory);
      got += value;
    } catch (const circular_computation&) {
      ++told;
    }
  }
};

// Each thread has begun one key and asks for the other's: whoever comes last is told, and fails the key that the other
// waits for; where the other was about to wait, it computes that itself.
TEST_CASE("two threads whose keys cross do not wait for each other", "[4.2]") {
  for (int round = 0; round != 200; ++round) {
    crossing both;
    std::thread first([&] { both.ask(1, 2); });
    std::thread second([&] { both.ask(2, 1); });
    first.join();
    second.join();
    CHECK(both.got + both.told == 2);
    CHECK(both.map.waiting() == 0);
  }
}

TEST_CASE("computations that share a key are in no circle", "[4.2]") {
  map_type map;
  workshop shop;
  const auto asks_shared = [&]() -> lazy<int> {
    auto shared = co_await waitmap::get_or_compute(map, 3, shop.factory());
    co_return shared;
  };
  const auto asks_both = [&]() -> lazy<int> {
    auto one = co_await waitmap::get_or_compute(map, 1, asks_shared);
    auto two = co_await waitmap::get_or_compute(map, 2, asks_shared);
    co_return one + two;
  };
  support::waiter first([&] { return waitmap::get_or_compute(map, 2, asks_shared); });
  support::waiter both([&] { return waitmap::get_or_compute(map, 4, asks_both); });
  CHECK((first.pending() && both.pending()));
  shop.finish(7);
  REQUIRE((first.has_result() && both.has_result()));
  CHECK(both.result() == 14);
}

TEST_CASE("who follows a revoked computation waits for the next one", "[4.2][2.7]") {
  map_type map;
  map_type go;
  workshop next;
  const auto asks_one = [&]() -> lazy<int> {
    auto one = co_await waitmap::get_or_compute(map, 1, next.factory());
    co_return one;
  };
  const auto asks_two = [&]() -> lazy<int> {
    auto told = co_await go.wait(0);
    auto two = co_await waitmap::get_or_compute(map, 2, asks_one);
    co_return two + told.value();
  };
  support::waiter revoked([&] { return waitmap::get_or_compute(map, 1, asks_two); });
  support::waiter heir([&] { return waitmap::get_or_compute(map, 1, next.factory()); });
  support::waiter behind([&] { return waitmap::get_or_compute(map, 2, asks_one); });
  map.invalidate(1);  // the second caller computes now, and for it the third waits
  go.insert(0, 100);  // the first one asks for what the third computes: no circle
  CHECK((revoked.pending() && heir.pending() && behind.pending()));
  next.finish(7);
  REQUIRE((revoked.has_result() && heir.has_result() && behind.has_result()));
  CHECK(revoked.result() == 107);
}

TEST_CASE("a key that was computed may be asked for by who computes it again", "[4.2]") {
  map_type map;
  const auto plain = []() -> lazy<int> { co_return 1; };
  const auto asks = [&]() -> lazy<int> {
    auto value = co_await waitmap::get_or_compute(map, 1, plain);
    co_return value;
  };
  for (int round = 0; round != 3; ++round) {
    support::waiter asking([&] { return waitmap::get_or_compute(map, 2, asks); });
    REQUIRE(asking.has_result());
    map.clear();
  }
  support::waiter other_way([&] { return waitmap::get_or_compute(map, 1, asks); });
  CHECK(other_way.failed_with<circular_computation>());
}

#else

TEST_CASE("without checks nothing is noted", "[4.2]") {
  CHECK(sizeof(waitmap::detail::noted_wait<waitmap::detail::lock_checks::off>) == 1);
}

#endif

}  // namespace circle_test
