// Every completion token makes the same operation.
#include <stdexcept>
#include <vector>

#include "asio/net.hpp"

namespace tokens_test {

net::awaitable<void> use_tokens(int_map& map) {
  const std::optional<int> value = co_await async_wait(map, "key", net::use_awaitable);
  CHECK(value == 7);

  auto answered = co_await async_wait(map, "key", tokens::as_tuple(net::use_awaitable));
  const auto& [error, same] = answered;
  CHECK_FALSE(error);
  CHECK(same == 7);

  auto later = async_wait(map, "later", tokens::deferred);
  CHECK(map.waiting() == 0);  // does not begin before it is awaited
  map.insert("later", 8);
  auto deferred = co_await std::move(later)(net::use_awaitable);
  CHECK(deferred == 8);

  error_code redirected;
  auto again = co_await async_wait(map, "key", net::redirect_error(net::use_awaitable, redirected));
  CHECK(again == 7);
}

net::awaitable<void> use_failing(int_map& map) {
  auto failed = co_await async_wait(map, "key", tokens::as_tuple(net::use_awaitable));
  const auto& [error, value] = failed;
  CHECK(std::string(error.category().name()) == "wait_map");
  CHECK(error.message() == "the wait failed with an exception");
  CHECK_FALSE(value);

  auto told = co_await async_wait_result(map, "key", tokens::as_tuple(net::use_awaitable));
  const auto& [none, outcome] = told;
  CHECK(none);
  CHECK(outcome.status() == waitmap::wait_status::failed);
  CHECK_THROWS_AS(outcome.value(), std::out_of_range);

  std::string thrown;
  try {
    (void)co_await async_wait(map, "key", net::use_awaitable);
  } catch (const std::out_of_range& exception) {
    thrown = exception.what();
  }
  CHECK(thrown == "no such city");
}

net::awaitable<void> use_visitors(int_map& map) {
  auto doubled = [](const int& value) { return 2 * value; };
  auto seen = co_await async_wait_with(map, "key", doubled, net::use_awaitable);
  CHECK(seen == 14);
  auto raise = [](int& value) { ++value; };
  auto raised = co_await async_wait_modify(map, "key", raise, net::use_awaitable);
  CHECK(raised.has_value());
  CHECK(map.get("key") == 8);
}

TEST_CASE("awaitable, as_tuple, deferred and redirect_error get the value", "[3]") {
  int_map map;
  map.insert("key", 7);
  net::io_context context;
  run(context, use_tokens(map));
}

// Of the type that is no executor of the old kind, though Asio takes a strand for one.
net::awaitable<void> use_strand(int_map& map) {
  auto strand = net::make_strand(co_await net::this_coro::executor);
  auto value = co_await async_wait(map, "key", net::bind_executor(strand, net::use_awaitable));
  CHECK(value == 7);
}

TEST_CASE("a strand of a coroutine's own executor calls the handler", "[5.8]") {
  int_map map;
  net::io_context context;
  map.insert("key", 7);
  run(context, use_strand(map));
}

TEST_CASE("a future gets the value from the thread that inserts", "[3]") {
  int_map map;
  auto future = async_wait(map, "key", net::use_future);
  map.insert("key", 7);
  CHECK(future.get() == 7);
}

TEST_CASE("an exception reaches futures and awaitables as it is, others as an error code", "[4]") {
  int_map map;
  const auto error = std::make_exception_ptr(std::out_of_range("no such city"));
  auto future = async_wait(map, "key", net::use_future);
  map.fail("key", error);
  CHECK_THROWS_AS(future.get(), std::out_of_range);

  net::io_context context;
  net::co_spawn(context, use_failing(map), [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
  for (int wait = 0; wait != 3; ++wait) {
    while (map.waiting() == 0) context.run_one();
    map.fail("key", error);
  }
  context.run();
}

TEST_CASE("a system_error reaches a handler as its code", "[4]") {
  int_map map;
  net::io_context context;
  answer got;
  async_wait(map, "key", note(got, context.get_executor()));
  map.fail("key", std::make_exception_ptr(system_error(net::error::host_not_found)));
  context.run();
  CHECK(got.error == net::error::host_not_found);
}

TEST_CASE("a visitor's answer reaches the handler", "[3]") {
  int_map map;
  map.insert("key", 7);
  net::io_context context;
  run(context, use_visitors(map));
}

}  // namespace tokens_test
