// async_take_until: a deadline that loses no value. Either the taker has it, or nothing says that it was
// handed off.
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "asio/net.hpp"
#include "support/counting_allocator.hpp"

namespace take_until_test {

using std::chrono::steady_clock;
using waitmap::insert_outcome;

constexpr auto past = steady_clock::time_point::min();
steady_clock::time_point never() { return steady_clock::now() + std::chrono::hours(24); }

// --- how a wait ends -------------------------------------------------------------------------------

TEST_CASE("a taker gets a value that comes before its deadline, and its timer is gone", "[5.8]") {
  int_map map;
  net::io_context context;
  answer got;
  async_take_until(map, "key", never(), note(got, context.get_executor()));
  CHECK(map.insert("key", 7).outcome == insert_outcome::handed_off);
  CHECK(got.calls == 0);
  context.run();  // returns: nothing waits for the deadline any more
  CHECK(got.calls == 1);
  CHECK_FALSE(got.error);
  CHECK(got.value == 7);
  CHECK(map.empty());
}

TEST_CASE("a taker with a deadline takes a value that is there, whatever the time", "[5.8]") {
  const auto deadline = GENERATE(as<steady_clock::time_point>(), past, never());
  int_map map;
  map.insert("key", 7);
  net::io_context context;
  answer got;
  async_take_until(map, "key", deadline, note(got, context.get_executor()));
  CHECK(got.calls == 0);
  context.run();
  CHECK(got.calls == 1);
  CHECK_FALSE(got.error);
  CHECK(got.value == 7);
  CHECK(map.empty());
}

TEST_CASE("a taker whose deadline comes first gets neither a value nor an error", "[5.8]") {
  const auto deadline = GENERATE(as<steady_clock::time_point>(), past, steady_clock::now(),
                                 steady_clock::now() + std::chrono::milliseconds(1));
  int_map map;
  net::io_context context;
  answer got;
  async_take_until(map, "key", deadline, note(got, context.get_executor()));
  CHECK(got.calls == 0);
  context.run();
  CHECK(got.calls == 1);
  CHECK_FALSE(got.error);
  CHECK_FALSE(got.value);
  CHECK(map.waiting() == 0);
  CHECK(map.insert("key", 7).outcome == insert_outcome::inserted);
}

TEST_CASE("a taker with a deadline can be cancelled through its slot", "[5.8]") {
  int_map map;
  net::io_context context;
  net::cancellation_signal signal;
  answer got;
  async_take_until(map, "key", never(),
                   net::bind_cancellation_slot(signal.slot(), note(got, context.get_executor())));
  signal.emit(net::cancellation_type::terminal);
  CHECK(map.waiting() == 0);
  CHECK(got.calls == 0);
  context.run();
  CHECK(got.calls == 1);
  CHECK(got.error == net::error::operation_aborted);
  CHECK_FALSE(got.value);
}

TEST_CASE("a taker with a deadline ends with its map", "[5.8]") {
  const int how = GENERATE(0, 1, 2, 3);
  std::optional<int_map> map(std::in_place);
  net::io_context context;
  answer got;
  if (how == 0) map->close();
  async_take_until(*map, "key", never(), note(got, context.get_executor()));
  if (how == 1) map->close();
  if (how == 2) map->cancel("key");
  if (how == 3) map.reset();
  context.run();
  CHECK(got.calls == 1);
  CHECK_FALSE(got.error);
  CHECK_FALSE(got.value);
}

TEST_CASE("a taker with a deadline is told that its wait failed", "[5.8]") {
  int_map map;
  net::io_context context;
  answer got;
  async_take_until(map, "key", never(), note(got, context.get_executor()));
  map.fail("key", std::make_exception_ptr(system_error(net::error::host_not_found)));
  context.run();
  CHECK(got.calls == 1);
  CHECK(got.error == net::error::host_not_found);
}

TEST_CASE("a deadline may be told by each clock that timers know", "[5.8]") {
  const auto try_clock = [](auto now) {
    using time_point = decltype(now);
    for (const auto deadline : {time_point(), now}) {
      int_map map;
      net::io_context context;
      answer got;
      async_take_until(map, "key", deadline, note(got, context.get_executor()));
      context.run();
      CHECK(got.calls == 1);
      CHECK_FALSE(got.value);
    }
    int_map map;
    net::io_context context;
    answer got;
    async_take_until(map, "key", now + std::chrono::hours(24), note(got, context.get_executor()));
    map.insert("key", 7);
    context.run();
    CHECK(got.value == 7);
  };
  try_clock(steady_clock::now());
  try_clock(std::chrono::system_clock::now());
  try_clock(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
}

TEST_CASE("a subscription that is awaited until a deadline takes its value or lets it be",
          "[5.8]") {
  int_map map;
  net::io_context context;
  answer early;
  answer late;
  auto first = async_subscribe_take(map, "id");
  CHECK(map.insert("id", 7).outcome == insert_outcome::handed_off);
  first.async_wait_until(past, note(early, context.get_executor()));
  auto second = async_subscribe_take(map, "id");
  second.async_wait_until(past, note(late, context.get_executor()));
  context.run();
  CHECK(early.value == 7);
  CHECK(late.calls == 1);
  CHECK_FALSE(late.error);
  CHECK_FALSE(late.value);
  CHECK(map.insert("id", 8).outcome == insert_outcome::inserted);
}

// --- where its handler is called -------------------------------------------------------------------

TEST_CASE("a coroutine and a future take until a deadline", "[5.8]") {
  int_map map;
  map.insert("there", 7);
  net::io_context context;
  run(context, [](int_map& from) -> net::awaitable<void> {
    auto there = co_await async_take_until(from, "there", never(), net::use_awaitable);
    CHECK(there == 7);
    auto none = co_await async_take_until(from, "there", past, net::use_awaitable);
    CHECK_FALSE(none);
  }(map));
  auto timed_out = async_take_until(map, "key", past, net::use_future);
  CHECK_FALSE(timed_out.get());
  auto served = async_take_until(map, "key", never(), net::use_future);
  map.insert("key", 8);
  CHECK(served.get() == 8);
  auto failed = async_take_until(map, "key", never(), net::use_future);
  map.fail("key", std::make_exception_ptr(std::out_of_range("no such city")));
  CHECK_THROWS_AS(failed.get(), std::out_of_range);
}

TEST_CASE("a taker without an executor is called on a thread of Asio's", "[5.8]") {
  const bool comes = GENERATE(false, true);
  int_map map;
  std::promise<std::pair<std::thread::id, std::optional<int>>> called;
  async_take_until(map, "key", comes ? never() : past, [&](error_code, std::optional<int> value) {
    called.set_value({std::this_thread::get_id(), value});
  });
  if (comes) map.insert("key", 7);
  const auto [thread, value] = called.get_future().get();
  CHECK(thread != std::this_thread::get_id());
  CHECK(value.has_value() == comes);
}

TEST_CASE("a taker with a deadline is not called inside of what ends its wait", "[5.8]") {
  const int how = GENERATE(0, 1, 2, 3);
  int_map map;
  if (how == 0) map.insert("key", 7);
  net::io_context context;
  net::cancellation_signal signal;
  answer got;
  int calls_inside = -1;
  net::post(context, [&] {
    async_take_until(map, "key", never(),
                     net::bind_cancellation_slot(signal.slot(), note(got, context.get_executor())));
    if (how == 1) map.insert("key", 7);
    if (how == 2) signal.emit(net::cancellation_type::terminal);
    if (how == 3) map.close();
    calls_inside = got.calls;
  });
  context.run();
  CHECK(calls_inside == 0);
  CHECK(got.calls == 1);
}

TEST_CASE("deadlines call their handlers in a strand", "[5.8]") {
  constexpr int takers = 200;
  waitmap::wait_map<int, int> map;
  net::thread_pool pool(2);
  auto strand = net::make_strand(pool);
  int calls = 0;  // not atomic: the strand protects it
  int values = 0;
  for (int i = 0; i != takers; ++i) {
    async_take_until(map, i, i % 2 == 0 ? never() : steady_clock::now(),
                     net::bind_executor(strand, [&](error_code, std::optional<int> value) {
                       ++calls;
                       if (value) ++values;
                     }));
  }
  int handed_off = 0;
  for (int i = 0; i != takers; ++i) {
    if (map.insert(i, i).outcome == insert_outcome::handed_off) ++handed_off;
  }
  pool.join();
  CHECK(calls == takers);
  CHECK(values == handed_off);
  CHECK(map.size() == static_cast<std::size_t>(takers - handed_off));
}

// Keeps what it is given until somebody runs it. It has no execution context.
struct queue {
  std::mutex mutex;
  std::vector<std::function<void()>> kept;

  void run() {
    for (std::function<void()>& each : std::exchange(kept, {})) each();
  }
};
struct queue_executor {
  queue* to;

  queue_executor require(net::execution::blocking_t::never_t) const noexcept { return *this; }
  static constexpr auto query(net::execution::blocking_t) noexcept {
    return net::execution::blocking.never;
  }
  template <class Function>
  void execute(Function function) const {
    const std::lock_guard lock(to->mutex);
    auto held = std::make_shared<Function>(std::move(function));
    to->kept.emplace_back([held] { std::move (*held)(); });
  }
  friend bool operator==(const queue_executor&, const queue_executor&) noexcept = default;
};

TEST_CASE("an insert, a deadline and a cancellation on three threads decide once", "[5.8]") {
  // The executor has no context, so that the deadline comes from a thread of Asio's, and the handler,
  // which empties the slot, is called when the cancellation has returned.
  for (int round = 0; round != 300; ++round) {
    int_map map;
    queue later;
    net::cancellation_signal signal;
    answer got;
    insert_outcome outcome{};
    std::latch start(2);
    const auto deadline = steady_clock::now() + std::chrono::microseconds(10 * (round % 10));
    async_take_until(map, "key", deadline,
                     net::bind_cancellation_slot(signal.slot(), note(got, queue_executor{&later})));
    std::thread inserter([&] {
      start.arrive_and_wait();
      outcome = map.insert("key", round).outcome;
    });
    start.arrive_and_wait();
    signal.emit(net::cancellation_type::terminal);
    inserter.join();
    for (bool ended = false; !ended; std::this_thread::yield()) {
      const std::lock_guard lock(later.mutex);
      ended = !later.kept.empty();
    }
    later.run();
    REQUIRE(got.calls == 1);
    REQUIRE(got.value.has_value() == (outcome == insert_outcome::handed_off));
    if (got.value) {
      REQUIRE_FALSE(got.error);
      REQUIRE(map.empty());
    } else {
      REQUIRE(map.extract("key") == round);
    }
  }
}

// --- nothing is lost -------------------------------------------------------------------------------

// When the two timers have expired, both of their handlers are in the queue: the one that inserts, and
// that of the deadline.
TEST_CASE("a value that comes in the turn of the deadline is the taker's, or stays", "[5.8]") {
  int taken = 0;
  int left = 0;
  for (int round = 0; round != 200; ++round) {
    const bool value_is_first = round % 2 == 0;
    int_map map;
    net::io_context context;
    answer got;
    insert_outcome outcome{};
    net::steady_timer arrival(context, past + std::chrono::nanoseconds(value_is_first ? 1 : 3));
    arrival.async_wait([&](error_code) { outcome = map.insert("key", round).outcome; });
    async_take_until(map, "key", past + std::chrono::nanoseconds(2),
                     note(got, context.get_executor()));
    context.run();
    REQUIRE(got.calls == 1);
    REQUIRE_FALSE(got.error);
    REQUIRE(got.value.has_value() == (outcome == insert_outcome::handed_off));
    REQUIRE(got.value.has_value() == value_is_first);
    REQUIRE(map.extract("key").value_or(-1) == (value_is_first ? -1 : round));
    ++(got.value ? taken : left);
  }
  CHECK(taken == 100);
  CHECK(left == 100);
}

// The same turn with operator||, as the comment of async_take() has it.
TEST_CASE("operator|| with a timer drops a value that was taken in the turn of the deadline",
          "[5.8]") {
  using namespace net::experimental::awaitable_operators;
  int_map map;
  net::io_context context;
  insert_outcome outcome{};
  net::steady_timer arrival(context);
  std::size_t first = 0;
  net::co_spawn(
      context,
      [](int_map& from, net::steady_timer& begins, std::size_t& index) -> net::awaitable<void> {
        net::steady_timer deadline(co_await net::this_coro::executor,
                                   past + std::chrono::nanoseconds(2));
        begins.expires_at(past + std::chrono::nanoseconds(1));
        auto ended = co_await (async_take(from, "key", net::use_awaitable) ||
                               deadline.async_wait(net::use_awaitable));
        index = ended.index();
      }(map, arrival, first),
      net::detached);
  while (map.waiting() == 0) context.poll_one();
  arrival.async_wait([&](error_code) { outcome = map.insert("key", 7).outcome; });
  context.run();
  CHECK(outcome == insert_outcome::handed_off);
  CHECK(first == 1);
  CHECK(map.empty());
}

TEST_CASE("a deadline that races with an insert on another thread loses no value", "[5.8]") {
  int_map map;
  for (int round = 0; round != 500; ++round) {
    net::io_context context;
    answer got;
    insert_outcome outcome{};
    std::latch start(2);
    async_take_until(map, "key", past, note(got, context.get_executor()));
    std::thread inserter([&] {
      start.arrive_and_wait();
      outcome = map.insert("key", round).outcome;
    });
    start.arrive_and_wait();
    for (int i = 0; i != round % 20; ++i) std::this_thread::yield();
    context.run();
    inserter.join();
    REQUIRE(got.calls == 1);
    REQUIRE_FALSE(got.error);
    REQUIRE(got.value.has_value() == (outcome == insert_outcome::handed_off));
    REQUIRE(map.extract("key").value_or(-1) == (got.value ? -1 : round));
  }
}

// --- what it leaves --------------------------------------------------------------------------------

TEST_CASE("a destroyed context drops takers with deadlines, pending or ended", "[5.8]") {
  const int how = GENERATE(0, 1, 2);
  int_map map;
  auto held = std::make_shared<int>();
  net::cancellation_signal signal;
  {
    net::io_context context;
    async_take_until(
        map, "key", how == 2 ? past : never(),
        net::bind_cancellation_slot(
            signal.slot(), net::bind_executor(context, [held](error_code, std::optional<int>) {
              FAIL("called");
            })));
    if (how == 1) map.insert("key", 7);
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
  CHECK(map.waiting() == 0);
  signal.emit(net::cancellation_type::terminal);  // harms nobody
}

TEST_CASE(
    "a value that comes while the context of a taker with a deadline is destroyed harms nobody",
    "[5.8]") {
  for (int round = 0; round != 300; ++round) {
    int_map map;
    auto held = std::make_shared<int>();
    std::optional<net::io_context> context(std::in_place);
    const auto drop = [held](error_code, std::optional<int>) { FAIL("called"); };
    async_take(map, "other",
               net::bind_executor(*context, drop));  // makes its service before timers
    for (int i = 0; i != 3; ++i) {
      async_take_until(map, "key", never(), net::bind_executor(*context, drop));
    }
    std::latch start(2);
    std::thread inserter([&] {
      start.arrive_and_wait();
      for (int i = 0; i != 3; ++i) map.insert("key", round);
    });
    start.arrive_and_wait();
    context.reset();
    inserter.join();
    REQUIRE(map.waiting() == 0);
    REQUIRE(held.use_count() == 2);  // that of `drop`
  }
}

struct counting_handler {
  using allocator_type = support::counting_allocator<char>;
  using executor_type = net::io_context::executor_type;

  allocator_type get_allocator() const noexcept { return allocator_type(*counts); }
  executor_type get_executor() const noexcept { return context->get_executor(); }
  void operator()(error_code error, std::optional<int> value) const {
    *got = {.calls = got->calls + 1, .error = error, .value = value};
    *live_in_call = counts->live;
  }

  support::usage* counts;
  net::io_context* context;
  answer* got;
  int* live_in_call;
};

TEST_CASE("a taker with a deadline allocates twice, and frees before its handler is called",
          "[5.8]") {
  const int how = GENERATE(0, 1, 2);
  int_map map;
  net::io_context context;
  support::usage counts;
  answer got;
  int live_in_call = -1;
  if (how == 0) map.insert("key", 7);
  async_take_until(map, "key", how == 2 ? past : never(),
                   counting_handler{&counts, &context, &got, &live_in_call});
  if (how == 1) map.insert("key", 7);
  context.run();
  CHECK(got.calls == 1);
  CHECK(counts.total == 2);
  CHECK(live_in_call == 0);
  CHECK(counts.live == 0);
}

TEST_CASE("a taker whose timer has no memory is told so, and waits no more", "[5.8]") {
  int_map map;
  net::io_context context;
  support::usage counts;
  answer got;
  int live_in_call = -1;
  const counting_handler handler{&counts, &context, &got, &live_in_call};
  counts.fails_at = 0;
  CHECK_THROWS_AS(async_take_until(map, "key", never(), handler), std::bad_alloc);
  CHECK(context.run() == 0);
  context.restart();
  counts.fails_at = 2;
  async_take_until(map, "key", never(), handler);
  context.run();
  CHECK(got.calls == 1);
  CHECK(got.error);
  CHECK(map.waiting() == 0);
  CHECK(counts.live == 0);
}

}  // namespace take_until_test
