// The tokens of later Asio that bring a timer, or a coroutine, of their own.
#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <thread>

#include "asio/net.hpp"

#if defined(WAIT_MAP_USE_BOOST_ASIO)
#if __has_include(<boost/asio/cancel_after.hpp>)
#include <boost/asio/cancel_after.hpp>
#include <boost/asio/cancel_at.hpp>
#include <boost/asio/experimental/co_spawn.hpp>
#include <boost/asio/experimental/promise.hpp>
#include <boost/asio/experimental/use_coro.hpp>
#include <boost/asio/experimental/use_promise.hpp>
#define HAS_CANCEL_AFTER
#endif
#elif __has_include(<asio/cancel_after.hpp>)
#include <asio/cancel_after.hpp>
#include <asio/cancel_at.hpp>
#include <asio/experimental/co_spawn.hpp>
#include <asio/experimental/promise.hpp>
#include <asio/experimental/use_coro.hpp>
#include <asio/experimental/use_promise.hpp>
#define HAS_CANCEL_AFTER
#endif

namespace cancel_after_test {

#if defined(HAS_CANCEL_AFTER)

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

template <class Wait>
net::awaitable<void> expect_aborted(int_map& map, Wait wait) {
  error_code error;
  try {
    (void)co_await wait(map);
  } catch (const system_error& thrown) {
    error = thrown.code();
  }
  CHECK(error == net::error::operation_aborted);
  CHECK(map.waiting() == 0);
}

TEST_CASE("cancel_after and cancel_at end a wait at their time", "[5.8]") {
  int_map map;
  const auto test = [&](auto wait) {
    net::io_context context;
    run(context, expect_aborted(map, wait));
  };
  test([](int_map& on) {
    return async_wait(on, "key", net::cancel_after(1ms, net::use_awaitable));
  });
  test([](int_map& on) {
    return async_take(on, "key", net::cancel_at(clock::now(), net::use_awaitable));
  });
  test([](int_map& on) {
    return async_wait_result(on, "key", net::cancel_after(1ms, net::use_awaitable));
  });
  test([](int_map& on) {
    return async_wait_all(on, {"a", "b"}, net::cancel_after(1ms, net::use_awaitable));
  });
  test([](int_map& on) {
    return async_wait_any(on, {"a", "b"}, net::cancel_after(1ms, net::use_awaitable));
  });
  test([](int_map& on) {
    return async_take_any(on, {"a", "b"}, net::cancel_after(1ms, net::use_awaitable));
  });
  const auto holder = map.try_claim("key");
  test([](int_map& on) {
    return async_claim_or_wait(on, "key", net::cancel_after(1ms, net::use_awaitable));
  });
}

TEST_CASE("a value in time ends what cancel_after waits for", "[5.8]") {
  int_map map;
  net::io_context context;
  std::optional<int> got;
  net::co_spawn(
      context,
      [&]() -> net::awaitable<void> {
        got = co_await async_take(map, "key", net::cancel_after(1h, net::use_awaitable));
      },
      net::detached);
  while (map.waiting() == 0) context.run_one();
  map.insert("key", 7);
  context.run();
  CHECK(got == 7);
  CHECK(map.empty());
}

// Without an executor of the handler's the timer runs on threads of Asio's; the value comes on one of ours. (As with
// all that Asio has, the time must not come while the operation is initiated on another thread than the timer's.)
TEST_CASE("a value that races with cancel_after ends the wait once", "[5.8]") {
  int wrong = 0;
  for (int round = 0; round < 200; ++round) {
    int_map map;
    const auto time = clock::now() + 1ms;
    std::future<std::optional<int>> future =
        async_take(map, "key", net::cancel_at(time, net::use_future));
    const auto until = time + std::chrono::microseconds(round % 100 - 20);
    while (clock::now() < until) {
    }
    map.insert("key", 7);
    std::optional<int> got;
    bool aborted = false;
    try {
      got = future.get();
    } catch (const system_error& error) {
      aborted = error.code() == net::error::operation_aborted;
    }
    wrong += got.has_value() == aborted;
    wrong += aborted != map.contains("key");
  }
  CHECK(wrong == 0);
}

// Asio's coroutines must share their executor with what they await. A map has none: the operation takes that of who
// awaits it, or that which the token is bound to.
net::experimental::coro<void> await(net::io_context& context, int_map& map, std::optional<int>& got,
                                    std::thread::id& on) {
  const net::any_io_executor executor = context.get_executor();
  got = co_await async_take(map, "key", net::bind_executor(executor, net::experimental::use_coro));
  auto second = co_await async_take(map, "key", net::experimental::use_coro);
  got = *got + *second;
  on = std::this_thread::get_id();
}

TEST_CASE("a wait is a coroutine of Asio's experimental kind", "[5.8]") {
  int_map map;
  net::io_context context;
  std::optional<int> got;
  std::thread::id on;
  bool ended = false;
  net::experimental::co_spawn(await(context, map, got, on),
                              [&](std::exception_ptr) { ended = true; });
  std::thread other([&] {
    for (int value : {3, 4}) {
      while (map.waiting() == 0) std::this_thread::yield();
      map.insert("key", value);
    }
  });
  while (!ended) context.run_one();
  other.join();
  CHECK(got == 7);
  CHECK(on == std::this_thread::get_id());
}

TEST_CASE("a wait is a promise of Asio's experimental kind, whatever its result", "[5.8]") {
  int_map map;
  net::io_context context;
  bool got = false;
  auto outcome = async_wait_result(
      map, "key", net::bind_executor(context.get_executor(), net::experimental::use_promise));
  auto first =
      async_wait_any(map, {"key", "other"},
                     net::bind_executor(context.get_executor(), net::experimental::use_promise));
  outcome([&](error_code error, waitmap::wait_outcome<int> result) {
    got = !error && result && *result == 7;
  });
  map.insert("key", 7);
  context.run();
  CHECK(got);
  CHECK(first.completed());
}

#endif

}  // namespace cancel_after_test
