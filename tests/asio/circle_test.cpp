// 4.2: computations of awaitables that wait for themselves are found in debug builds.
#include <optional>
#include <string>

#include "asio/net.hpp"

namespace circle_test {

#if !defined(NDEBUG) && defined(__linux__)

struct modules {
  int_map map;
  int between;  // coroutines between a computation and who asks

  net::awaitable<int> load(std::string key, int depth) {
    if (depth > 0) {
      auto value = co_await load(key, depth - 1);
      co_return value;
    }
    const auto factory = [this, key] { return parse(key); };
    auto loading = waitmap::get_or_compute(map, key, factory);
    auto value = co_await std::move(loading);
    co_return value;
  }
  // Needs the other one.
  net::awaitable<int> parse(std::string key) {
    co_await net::post(net::use_awaitable);
    auto value = co_await load(key == "a" ? "b" : "a", between);
    co_return value + 1;
  }
};

TEST_CASE("a circle of awaitables is told", "[4.2][5.8]") {
  modules all{{}, GENERATE(0, 1, 3)};
  net::io_context context;
  std::optional<std::size_t> circle;
  net::co_spawn(context, all.load("a", all.between), [&](std::exception_ptr error, int) {
    try {
      if (error) std::rethrow_exception(error);
    } catch (const waitmap::circular_computation& told) {
      circle = told.circle().size();
    }
  });
  context.run();
  CHECK(circle == 2U);
  CHECK((all.map.empty() && all.map.waiting() == 0));
}

// What runs beside each other is in no circle, though one context runs all.
TEST_CASE("awaitables that share what they need are in no circle", "[4.2][5.8]") {
  int_map map;
  net::io_context context;
  const auto base = [&]() -> net::awaitable<int> {
    (void)co_await waitmap::async_wait(map, "go", net::use_awaitable);
    co_return 1;
  };
  const auto derived = [&]() -> net::awaitable<int> {
    auto asking = waitmap::get_or_compute(map, "base", base);
    auto value = co_await std::move(asking);
    co_return value + 1;
  };
  int sum = 0;
  const auto ask = [&](std::string key) -> net::awaitable<void> {
    auto asking = waitmap::get_or_compute(map, key, derived);
    sum += co_await std::move(asking);
  };
  for (const char* key : {"a", "b", "a", "b"}) {
    net::co_spawn(context, ask(key), [](std::exception_ptr error) { CHECK_FALSE(error); });
  }
  context.poll();
  map.insert("go", 1);
  context.run();
  CHECK(sum == 8);
}

#endif

}  // namespace circle_test
