// A wait with a deadline: the wait or a timer, whichever is first.
#include <chrono>

#include "asio/net.hpp"

namespace deadline_test {

using namespace net::experimental::awaitable_operators;

net::awaitable<void> wait_until(int_map& map, std::chrono::steady_clock::time_point deadline,
                                bool& timed_out) {
  net::steady_timer timer(co_await net::this_coro::executor, deadline);
  auto first =
      co_await (async_wait(map, "key", net::use_awaitable) || timer.async_wait(net::use_awaitable));
  timed_out = first.index() == 1;
  if (!timed_out) CHECK(std::get<0>(first) == 7);
}

TEST_CASE("a wait ends at its deadline and leaves the map", "[3.6]") {
  int_map map;
  net::io_context context;
  bool timed_out = false;
  run(context, wait_until(map, std::chrono::steady_clock::time_point::min(), timed_out));
  CHECK(timed_out);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a value before the deadline ends the timer", "[3]") {
  int_map map;
  net::io_context context;
  bool timed_out = true;
  net::co_spawn(
      context, wait_until(map, std::chrono::steady_clock::now() + std::chrono::hours(1), timed_out),
      net::detached);
  while (map.waiting() == 0) context.run_one();
  map.insert("key", 7);
  context.run();
  CHECK_FALSE(timed_out);
}

TEST_CASE("of two waits the first ends the other", "[3.6]") {
  int_map map;
  net::io_context context;
  net::co_spawn(
      context,
      [](int_map& waited) -> net::awaitable<void> {
        auto first = co_await (async_wait(waited, "left", net::use_awaitable) ||
                               async_take(waited, "right", net::use_awaitable));
        CHECK(first.index() == 1);
        CHECK(waited.waiting() == 0);
      }(map),
      net::detached);
  while (map.waiting() != 2) context.run_one();
  map.insert("right", 7);
  context.run();
  CHECK(map.empty());
}

}  // namespace deadline_test
