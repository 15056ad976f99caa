// async_claim_or_wait, and what get_or_compute makes of it: the claim, or how it ended.
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "asio/net.hpp"

namespace claim_or_wait_test {

using found = int_map::claim_or_outcome_type;
using waitmap::insert_outcome;
using waitmap::wait_status;

// What a handler got.
struct noted {
  int calls = 0;
  error_code error;
  std::optional<found> result;

  auto handler(net::io_context& context, net::cancellation_slot slot = {}) {
    return net::bind_cancellation_slot(
        slot, net::bind_executor(context.get_executor(), [this](error_code why, found got) {
          ++calls;
          error = why;
          result.emplace(std::move(got));
        }));
  }
};

TEST_CASE("a key with neither a value nor a claim is claimed for the handler", "[5.8][3.12]") {
  int_map map;
  net::io_context context;
  noted first;
  waitmap::async_claim_or_wait(map, "key", first.handler(context));
  CHECK(first.calls == 0);
  context.run();
  REQUIRE((first.calls == 1 && !first.error && first.result->claim));
  CHECK(first.result->outcome.status() == wait_status::claimed);
  CHECK_FALSE(map.try_claim("key"));
  CHECK(first.result->claim.set_value(7).outcome == insert_outcome::inserted);
}

TEST_CASE("a handler follows the claim to its value", "[5.8][3.12]") {
  int_map map;
  net::io_context context;
  auto claim = map.try_claim("key");
  noted follower;
  waitmap::async_claim_or_wait(map, "key", follower.handler(context));
  CHECK(claim.set_value(7).resumed == 1);
  context.run();
  REQUIRE((follower.calls == 1 && !follower.error && !follower.result->claim));
  CHECK(follower.result->outcome.value() == 7);
}

TEST_CASE("a producer's exception is the error, and in the outcome", "[5.8][3.12]") {
  int_map map;
  net::io_context context;
  auto claim = map.try_claim("key");
  noted follower;
  waitmap::async_claim_or_wait(map, "key", follower.handler(context));
  claim.set_exception(std::make_exception_ptr(std::out_of_range("no such key")));
  context.run();
  REQUIRE(follower.calls == 1);
  CHECK(follower.error);
  CHECK(follower.result->outcome.status() == wait_status::failed);
  CHECK_THROWS_AS(follower.result->outcome.value(), std::out_of_range);
}

TEST_CASE("a dropped claim comes to the oldest handler", "[5.8][3.12]") {
  int_map map;
  net::io_context context;
  auto claim = map.try_claim("key");
  noted first, second;
  waitmap::async_claim_or_wait(map, "key", first.handler(context));
  waitmap::async_claim_or_wait(map, "key", second.handler(context));
  claim = {};
  context.poll();
  REQUIRE((first.calls == 1 && first.result->claim));
  CHECK(second.calls == 0);
  first.result.reset();
  context.run();
  REQUIRE((second.calls == 1 && second.result->claim));
}

TEST_CASE("a handler that is cancelled follows no more", "[5.8][3.12]") {
  int_map map;
  net::io_context context;
  auto claim = map.try_claim("key");
  net::cancellation_signal signal;
  noted follower;
  waitmap::async_claim_or_wait(map, "key", follower.handler(context, signal.slot()));
  signal.emit(net::cancellation_type::terminal);
  context.run();
  CHECK(follower.calls == 1);
  CHECK(follower.error == net::error::operation_aborted);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a claim that comes to a handler which its context drops passes on", "[5.8][3.12]") {
  int_map map;
  auto context = std::make_unique<net::io_context>();
  net::io_context other;
  auto claim = map.try_claim("key");
  noted dropped, next;
  waitmap::async_claim_or_wait(map, "key", dropped.handler(*context));
  waitmap::async_claim_or_wait(map, "key", next.handler(other));
  claim = {};
  context.reset();
  other.run();
  CHECK(dropped.calls == 0);
  REQUIRE((next.calls == 1 && next.result->claim));
}

// --- single flight ---------------------------------------------------------------------------------

net::awaitable<int> seven_when_told(int_map& map, int& runs) {
  ++runs;
  (void)co_await async_wait(map, "go", net::use_awaitable);
  co_return 7;
}
net::awaitable<void> ask(int_map& map, int& runs, std::vector<int>& got) {
  const auto factory = [&] { return seven_when_told(map, runs); };
  auto asking = waitmap::get_or_compute_result(map, "key", factory);
  auto result = co_await std::move(asking);
  got.push_back(result.value + 100 * static_cast<int>(result.source));
}
void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

TEST_CASE("awaitables say where their value comes from", "[5.8][4.2]") {
  int_map map;
  net::io_context context;
  int runs = 0;
  std::vector<int> got;
  net::co_spawn(context, ask(map, runs, got), rethrow);
  net::co_spawn(context, ask(map, runs, got), rethrow);
  context.poll();
  map.insert("go", 1);
  context.run();
  context.restart();
  net::co_spawn(context, ask(map, runs, got), rethrow);
  context.run();
  CHECK(got == std::vector{207, 107, 7});  // computed, joined, hit
  CHECK(runs == 1);
}

TEST_CASE("an awaitable that is revoked has its value alone", "[5.8][2.7]") {
  int_map map;
  net::io_context context;
  int runs = 0;
  std::vector<int> got;
  net::co_spawn(context, ask(map, runs, got), rethrow);
  net::co_spawn(context, ask(map, runs, got), rethrow);
  context.poll();
  CHECK(map.invalidate("key"));
  context.poll();
  CHECK(runs == 2);  // the follower computes anew
  map.insert("go", 1);
  context.run();
  CHECK(got == std::vector{207, 207});
  CHECK(map.get("key") == 7);
}

TEST_CASE("awaitables compute many keys together", "[5.8][4.2]") {
  int_map map;
  map.insert("b", 20);
  net::io_context context;
  std::vector<int> got;
  std::vector<std::string> asked;
  const auto load = [&](std::vector<std::string> keys) -> net::awaitable<std::vector<int>> {
    asked = keys;
    co_return std::vector<int>(keys.size(), 5);
  };
  const auto ask_all = [&]() -> net::awaitable<void> {
    std::vector<std::string> keys{"a", "b", "c", "a"};
    auto asking = waitmap::get_or_compute_all(map, keys, load);
    got = co_await std::move(asking);
  };
  net::co_spawn(context, ask_all(), rethrow);
  context.run();
  CHECK(asked == std::vector<std::string>{"a", "c"});
  CHECK(got == std::vector{5, 20, 5, 5});
}

}  // namespace claim_or_wait_test
