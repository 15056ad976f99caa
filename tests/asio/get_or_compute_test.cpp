// 4.2: with coroutines of type awaitable.
#include <chrono>
#include <stdexcept>
#include <vector>

#include "asio/net.hpp"
#include "support/own_stop_source.hpp"

namespace get_or_compute_test {

using namespace net::experimental::awaitable_operators;

// Computes 7 as soon as "go" has a value.
struct slow_seven {
  int_map* map;
  int* runs;
  net::awaitable<int> operator()() const {
    ++*runs;
    (void)co_await async_wait(*map, "go", net::use_awaitable);
    co_return 7;
  }
};

net::awaitable<void> ask(int_map& map, int& runs, std::vector<int>& got) {
  const slow_seven factory{&map, &runs};
  auto computing = waitmap::get_or_compute(map, "key", factory);
  got.push_back(co_await std::move(computing));
}

net::awaitable<void> ask_until(int_map& map, int& runs, net::steady_timer& deadline,
                               int& timeouts) {
  const slow_seven factory{&map, &runs};
  auto first = co_await (waitmap::get_or_compute(map, "key", factory) ||
                         deadline.async_wait(net::use_awaitable));
  if (first.index() == 1) ++timeouts;
}

net::awaitable<void> ask_until_told(int_map& map, int& runs, int& told) {
  const slow_seven factory{&map, &runs};
  auto first = co_await (waitmap::get_or_compute(map, "key", factory) ||
                         waitmap::async_wait(map, "too late", net::use_awaitable));
  if (first.index() == 1) ++told;
}

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

TEST_CASE("one of many awaitables computes, all get the value", "[4.2]") {
  int_map map;
  net::io_context context;
  int runs = 0;
  std::vector<int> got;
  for (int i = 0; i != 10; ++i) net::co_spawn(context, ask(map, runs, got), rethrow);
  context.poll();
  map.insert("go", 1);
  context.run();
  CHECK(runs == 1);
  CHECK(got == std::vector<int>(10, 7));
}

TEST_CASE("an exception of the factory reaches all awaitables", "[4.2]") {
  int_map map;
  net::io_context context;
  int caught = 0;
  int runs = 0;
  for (int i = 0; i != 3; ++i) {
    net::co_spawn(
        context,
        [](int_map& asked, int& counted) -> net::awaitable<void> {
          const auto fail = [](int_map* waited) -> net::awaitable<int> {
            (void)co_await async_wait(*waited, "go", net::use_awaitable);
            throw std::out_of_range("no such city");
          };
          const auto factory = [&] {
            ++counted;
            return fail(&asked);
          };
          auto computing = waitmap::get_or_compute(asked, "key", factory);
          (void)co_await std::move(computing);
        }(map, runs),
        [&](std::exception_ptr error) {
          CHECK_THROWS_AS(std::rethrow_exception(error), std::out_of_range);
          ++caught;
        });
  }
  context.poll();
  map.insert("go", 1);
  context.run();
  CHECK(caught == 3);
  CHECK(runs == 1);  // not a cancellation: the followers fail with it
  CHECK_FALSE(map.contains("key"));
}

TEST_CASE("a follower that is cancelled leaves the others alone", "[4.2]") {
  int_map map;
  net::io_context context;
  int runs = 0;
  int timeouts = 0;
  std::vector<int> got;
  net::steady_timer deadline(context, std::chrono::steady_clock::time_point::max());
  net::co_spawn(context, ask(map, runs, got), rethrow);
  net::co_spawn(context, ask_until(map, runs, deadline, timeouts), rethrow);
  context.poll();
  deadline.expires_at(
      std::chrono::steady_clock::time_point::min());  // ends the old wait: not a timeout
  context.poll();
  map.insert("go", 1);
  context.run();
  CHECK(runs == 1);
  CHECK(got == std::vector<int>{7});
}

TEST_CASE("a follower whose own token is stopped leaves the others alone", "[4.2][3.8]") {
  int_map map;
  net::io_context context;
  support::own_stop_source source;
  int runs = 0;
  std::vector<int> got;
  std::optional<waitmap::wait_status> why;
  net::co_spawn(context, ask(map, runs, got), rethrow);
  net::co_spawn(
      context,
      [](int_map& asked, int& counted, support::own_stop_source& stop,
         std::optional<waitmap::wait_status>& reason) -> net::awaitable<void> {
        const slow_seven factory{&asked, &counted};
        auto computing = waitmap::get_or_compute(asked, "key", factory, stop.get_token());
        try {
          (void)co_await std::move(computing);
        } catch (const waitmap::wait_interrupted& interrupted) {
          reason = interrupted.status();
        }
      }(map, runs, source, why),
      rethrow);
  context.poll();
  REQUIRE(map.waiting("key") == 1);
  source.request_stop();
  context.poll();
  CHECK(map.waiting("key") == 0);
  CHECK(why == waitmap::wait_status::stopped);
  map.insert("go", 1);
  context.run();
  CHECK(runs == 1);
  CHECK(got == std::vector<int>{7});
}

TEST_CASE("a leader that is cancelled hands over to the oldest follower", "[4.2]") {
  int_map map;
  net::io_context context;
  int runs = 0;
  int told = 0;
  std::vector<int> got;
  net::co_spawn(context, ask_until_told(map, runs, told), rethrow);
  net::co_spawn(context, ask(map, runs, got), rethrow);
  net::co_spawn(context, ask(map, runs, got), rethrow);
  context.poll();
  REQUIRE(runs == 1);
  map.insert("too late", 1);
  context.poll();
  CHECK(told == 1);
  map.insert("go", 1);
  context.run();
  CHECK(runs == 2);
  CHECK(got == std::vector<int>{7, 7});
}

}  // namespace get_or_compute_test
