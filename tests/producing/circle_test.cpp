// Computations that wait for themselves: debug builds find it, also where others stand between a factory's coroutine and
// who asks.
#include <atomic>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

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

TEST_CASE("many keys of which one is computed by who asks for them are in a circle", "[4.2]") {
  map_type map;
  const std::vector<int> keys{1, 2, 3};
  const auto load = [&](std::vector<int> missing) -> lazy<std::vector<int>> {
    const auto never = []() -> lazy<int> { co_return 0; };
    auto own = co_await waitmap::get_or_compute(map, missing[1], never);
    co_return std::vector<int>(missing.size(), own);
  };
  support::waiter asking([&] { return waitmap::get_or_compute_all(map, keys, load); });
  const auto error = asking.error<circular_computation>();
  REQUIRE(error);
  CHECK(error->circle().size() == 1);
  CHECK((map.empty() && map.waiting() == 0));
}

TEST_CASE("a computation computes those of many keys that nobody provides any more", "[4.2]") {
  map_type map;
  auto first = map.try_claim(1);
  auto second = map.try_claim(2);
  std::vector<int> loaded;
  const auto load = [&](std::vector<int> missing) -> lazy<std::vector<int>> {
    loaded = missing;
    co_return std::vector<int>(missing.size(), 20);
  };
  const auto sum = [&]() -> lazy<int> {
    const std::vector<int> keys{1, 2};
    auto values = co_await waitmap::get_or_compute_all(map, keys, load);
    co_return values[0] + values[1];
  };
  support::waiter asking([&] { return waitmap::get_or_compute(map, 0, sum); });
  second = {};  // it waits for the first one yet
  CHECK(loaded.empty());
  first.set_value(1);
  REQUIRE(asking.has_result());
  CHECK((asking.result() == 21 && loaded == std::vector{2}));
}

// Seen where the kernel reads memory.
#if defined(__linux__)

TEST_CASE("a circle by way of many keys is told", "[4.2]") {
  map_type map;
  const auto load = [&](std::vector<int> missing) -> lazy<std::vector<int>> {
    const auto never = []() -> lazy<int> { co_return 0; };
    auto first = co_await waitmap::get_or_compute(map, 0, never);
    co_return std::vector<int>(missing.size(), first);
  };
  const auto all = [&]() -> lazy<int> {
    const std::vector<int> keys{1, 2};
    auto values = co_await waitmap::get_or_compute_all(map, keys, load);
    co_return values[0];
  };
  support::waiter asking([&] { return waitmap::get_or_compute(map, 0, all); });
  const auto error = asking.error<circular_computation>();
  REQUIRE(error);
  CHECK(error->circle().size() == 2);
  CHECK((map.empty() && map.waiting() == 0));
}

TEST_CASE("a circle by way of many keys that somebody else computes is told", "[4.2]") {
  map_type map;
  map_type go;
  const auto all = [&]() -> lazy<int> {
    const std::vector<int> keys{1};
    const auto never = [](std::vector<int>) -> lazy<std::vector<int>> { co_return {}; };
    auto values = co_await waitmap::get_or_compute_all(map, keys, never);
    co_return values[0];
  };
  const auto asks_all = [&]() -> lazy<int> {
    auto told = co_await go.wait(0);
    auto other = co_await waitmap::get_or_compute(map, 0, all);
    co_return other + *told;
  };
  support::waiter first([&] { return waitmap::get_or_compute(map, 1, asks_all); });
  support::waiter other([&] { return waitmap::get_or_compute(map, 0, all); });
  CHECK((first.pending() && other.pending()));
  go.insert(0, 1);
  const auto error = first.error<circular_computation>();
  REQUIRE(error);
  CHECK(error->circle().size() == 2);
  CHECK(other.failed_with<circular_computation>());  // what it waited for has failed
  CHECK((map.empty() && map.waiting() == 0));
}

// As programs write it: a function of their own asks the map.
struct modules {
  map_type map;
  map_type disk;
  int between;  // coroutines between a computation and who asks

  lazy<int> load(int key, int depth) {
    if (depth > 0) {
      auto value = co_await load(key, depth - 1);
      co_return value;
    }
    const auto factory = [this, key] { return parse(key); };
    auto value = co_await waitmap::get_or_compute(map, key, factory);
    co_return value;
  }
  // Needs the next module, and the third one the first.
  lazy<int> parse(int key) {
    auto read = co_await disk.wait(key);
    auto next = co_await load(key % 3 + 1, between);
    co_return next + *read;
  }
};

TEST_CASE("a circle by way of further coroutines is told", "[4.2]") {
  modules all{{}, {}, GENERATE(0, 1, 5)};
  support::waiter asking([&] { return all.load(1, all.between); });
  for (const int key : {1, 2, 3}) {
    REQUIRE(asking.pending());
    all.disk.insert(key, 1);
  }
  const auto error = asking.error<circular_computation>();
  REQUIRE(error);
  CHECK(error->circle().size() == 3);
  CHECK((all.map.empty() && all.map.waiting() == 0));
}

TEST_CASE("a circle by way of functions that return what get_or_compute() returns is told",
          "[4.2]") {
  map_type map;
  struct program {
    static lazy<int> ask(map_type& map, int key) {
      const auto factory = [&map, key] { return compute(map, key); };
      return waitmap::get_or_compute(map, key, factory);
    }
    static lazy<int> compute(map_type& map, int key) {
      auto value = co_await ask(map, 1 - key);
      co_return value;
    }
  };
  support::waiter asking([&] { return program::ask(map, 0); });
  const auto error = asking.error<circular_computation>();
  REQUIRE(error);
  CHECK(error->circle().size() == 2);
  CHECK((map.empty() && map.waiting() == 0));
}

// One coroutine has begun two calls: what the first computes does not ask for what the second waits for.
TEST_CASE("calls that are held by one coroutine are not taken for each other", "[4.2]") {
  map_type map;
  workshop shop;
  const auto asks_one = [&]() -> lazy<int> {
    auto one = co_await waitmap::get_or_compute(map, 1, shop.factory());
    co_return one + 1;
  };
  const auto start = [](lazy<int>& task, int& result) -> support::owned {
    auto value = co_await task;
    result = value;
  };
  int one = 0, two = 0;
  const auto holds_both = [&]() -> lazy<int> {
    lazy<int> first = waitmap::get_or_compute(map, 1, shop.factory());
    const support::owned of_first = start(first, one);
    support::waiter other([&] { return waitmap::get_or_compute(map, 2, asks_one); });
    lazy<int> second = waitmap::get_or_compute(map, 2, asks_one);
    const support::owned of_second = start(second, two);
    CHECK((other.pending() && map.waiting(2) == 1));
    shop.finish(7);
    co_return other.result();
  };
  support::waiter all(holds_both);
  REQUIRE(all.has_result());
  CHECK((one == 7 && two == 8 && all.result() == 8));
}

TEST_CASE("words that lead to no coroutine are seen for what they are", "[4.2]") {
  using waitmap::detail::frame_at;
  const auto address_of = [](const auto& object) {
    return reinterpret_cast<std::uintptr_t>(&object);
  };
  const std::uintptr_t words[4] = {};
  CHECK(frame_at(0) == 0);
  CHECK(frame_at(1) == 0);
  CHECK(frame_at(sizeof(void*)) == 0);  // below the first page
  CHECK(frame_at(address_of(words)) == 0);
  CHECK(frame_at(address_of(words) + 1) == 0);
  const auto nothing = []() -> lazy<int> { co_return 0; };
  const lazy<int> task = nothing();
  const std::uintptr_t frame = waitmap::detail::frame_in(task);
  REQUIRE(frame != 0);
  CHECK(frame_at(frame) == frame);
  CHECK(frame_at(frame + 2 * sizeof(void*)) == frame);
  CHECK(frame_at(frame + sizeof(void*)) == 0);
}

#endif

#else

TEST_CASE("without checks nothing is noted", "[4.2]") {
  CHECK(sizeof(waitmap::detail::noted_wait<waitmap::detail::lock_checks::off>) == 1);
}

#endif

}  // namespace circle_test
