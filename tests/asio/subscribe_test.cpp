// async_subscribe: the wait begins before it is awaited.
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "asio/net.hpp"
#include "support/last_words.hpp"

namespace subscribe_test {

using namespace net::experimental::awaitable_operators;

TEST_CASE("a reply that comes before its subscription is awaited is not lost", "[3]") {
  int_map map;
  net::io_context context;
  run(context, [](int_map& replies) -> net::awaitable<void> {
    auto reply = async_subscribe_take(replies, "id");
    CHECK(replies.waiting("id") == 1);
    CHECK(replies.deliver("id", 7).resumed == 1);
    auto value = co_await reply.async_wait(net::use_awaitable);
    CHECK(value == 7);
  }(map));
}

TEST_CASE("a subscription that is awaited ends at its deadline", "[3.6]") {
  int_map map;
  net::io_context context;
  run(context, [](int_map& replies) -> net::awaitable<void> {
    net::steady_timer timer(co_await net::this_coro::executor,
                            std::chrono::steady_clock::time_point::min());
    auto reply = async_subscribe(replies, "id");
    auto first =
        co_await (reply.async_wait(net::use_awaitable) || timer.async_wait(net::use_awaitable));
    CHECK(first.index() == 1);
    CHECK(replies.waiting() == 0);
  }(map));
}

TEST_CASE("a subscription leaves the value there, and one that takes does not", "[3.5]") {
  const bool takes = GENERATE(false, true);
  int_map map;
  net::io_context context;
  answer got;
  if (takes) {
    auto reply = async_subscribe_take(map, "id");
    reply.async_wait(note(got, context.get_executor()));
  } else {
    auto reply = async_subscribe(map, "id");
    reply.async_wait(note(got, context.get_executor()));
  }
  map.insert("id", 7);
  context.run();
  CHECK(got.value == 7);
  CHECK(map.contains("id") != takes);
}

TEST_CASE("a subscription that is dropped leaves the map", "[3.6]") {
  int_map map;
  {
    const auto reply = async_subscribe(map, "id");
  }
  CHECK(map.waiting() == 0);
}

TEST_CASE("a context that is destroyed drops an awaited subscription", "[3.6]") {
  int_map map;
  {
    net::io_context context;
    net::co_spawn(
        context,
        [](int_map& replies) -> net::awaitable<void> {
          auto reply = async_subscribe(replies, "id");
          (void)co_await reply.async_wait(net::use_awaitable);
        }(map),
        net::detached);
    context.poll();
    CHECK(map.waiting() == 1);
  }
  CHECK(map.waiting() == 0);
}

TEST_CASE("a subscription ends with the map", "[4]") {
  net::io_context context;
  answer got;
  {
    int_map map;
    auto reply = async_subscribe(map, "id");
    reply.async_wait(note(got, context.get_executor()));
  }
  context.run();
  CHECK(got.calls == 1);
  CHECK_FALSE(got.error);
}

// It crashed.
TEST_CASE("a subscription that is awaited twice, or after a move, ends the program and says so",
          "[3]") {
  const auto ignore = [](const error_code&, const std::optional<int>&) {};
  const auto twice = support::last_words([&] {
    int_map map;
    auto reply = async_subscribe(map, "id");
    reply.async_wait(ignore);
    reply.async_wait(ignore);
  });
  CHECK(twice.find("awaited a second time") != std::string::npos);
  const auto moved = support::last_words([&] {
    int_map map;
    auto reply = async_subscribe(map, "id");
    const auto taken = std::move(reply);
    reply.async_wait(ignore);  // NOLINT(bugprone-use-after-move)
  });
  CHECK(moved.find("after it was moved from") != std::string::npos);
}

}  // namespace subscribe_test
