// The destruction of an execution context drops the operations whose handlers it would call.
#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <thread>

#include "asio/net.hpp"

namespace context_test {

// A handler that must not be called, and whose destruction shows.
template <class Executor>
auto dropped_handler(std::shared_ptr<int> held, const Executor& executor) {
  return net::bind_executor(executor, [held](error_code, std::optional<int>) { FAIL("called"); });
}

TEST_CASE("a destroyed context destroys the handlers and ends the waits", "[3.6]") {
  int_map map;
  auto held = std::make_shared<int>();
  {
    net::io_context context;
    for (int i = 0; i != 10; ++i) {
      async_wait(map, "key", dropped_handler(held, context.get_executor()));
    }
    CHECK(map.waiting() == 10);
  }
  CHECK(held.use_count() == 1);
  CHECK(map.waiting() == 0);
  CHECK(map.insert("key", 7).resumed == 0);
}

TEST_CASE("a completion that a destroyed context does not run is freed", "[3.6]") {
  int_map map;
  auto held = std::make_shared<int>();
  {
    net::io_context context;
    async_wait(map, "key", dropped_handler(held, context.get_executor()));
    map.insert("key", 7);
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("a context that is destroyed drops what is pending, and not what has ended", "[3.6]") {
  // Each two of those that the context knows, one after the other.
  const int first = GENERATE(0, 1, 2, 3);
  const int second = GENERATE(0, 1, 2, 3);
  if (first == second) return;
  int_map map;
  auto held = std::make_shared<int>();
  answer got;
  {
    net::io_context context;
    for (int i = 0; i != 4; ++i) {
      if (i == first || i == second) {
        async_wait(map, i == first ? "first" : "second", note(got, context.get_executor()));
      } else {
        async_wait(map, "key", dropped_handler(held, context.get_executor()));
      }
    }
    for (const char* key : {"first", "second"}) {
      map.insert(key, 7);
      context.poll();  // frees the operation
    }
    CHECK(got.calls == 2);
    async_wait(map, "key", dropped_handler(held, context.get_executor()));
    CHECK(held.use_count() == 4);
  }
  CHECK(held.use_count() == 1);
  CHECK(got.calls == 2);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a cancellation after the context has gone does nothing", "[3.8]") {
  int_map map;
  net::cancellation_signal signal;
  {
    net::io_context context;
    async_wait(map, "key",
               net::bind_cancellation_slot(signal.slot(),
                                           dropped_handler(nullptr, context.get_executor())));
  }
  signal.emit(net::cancellation_type::terminal);
  CHECK(map.waiting() == 0);
  CHECK(map.insert("key", 7).resumed == 0);
}

TEST_CASE("a destroyed context destroys coroutines that wait", "[3.6]") {
  int_map map;
  auto held = std::make_shared<int>();
  {
    net::io_context context;
    net::co_spawn(
        context,
        [](int_map& waited, std::shared_ptr<int>) -> net::awaitable<void> {
          (void)co_await async_wait(waited, "key", net::use_awaitable);
        }(map, held),
        net::detached);
    while (map.waiting() == 0) context.run_one();
    CHECK(held.use_count() == 2);
  }
  CHECK(held.use_count() == 1);
  CHECK(map.waiting() == 0);
}

TEST_CASE("an operation begun while its context is destroyed is dropped", "[3.6]") {
  int_map map;
  struct begins_another {
    int_map* map;
    net::io_context::executor_type executor;
    std::shared_ptr<int> held;
    begins_another(int_map& of, net::io_context::executor_type on, std::shared_ptr<int> kept)
        : map(&of), executor(on), held(std::move(kept)) {}
    begins_another(begins_another&&) = default;
    ~begins_another() {
      if (held) async_wait(*map, "other", dropped_handler(held, executor));
    }
    void operator()(error_code, std::optional<int>) { FAIL("called"); }
  };
  auto held = std::make_shared<int>();
  {
    net::io_context context;
    async_wait(map, "key",
               net::bind_executor(context, begins_another(map, context.get_executor(), held)));
  }
  CHECK(held.use_count() == 1);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a value that arrives while the context is destroyed harms nobody", "[6.1]") {
  for (int round = 0; round != 300; ++round) {
    int_map map;
    auto held = std::make_shared<int>();
    std::optional<net::io_context> context(std::in_place);
    async_wait(map, "key", dropped_handler(held, context->get_executor()));
    async_take(map, "key", dropped_handler(held, context->get_executor()));
    std::latch start(2);
    std::thread inserter([&] {
      start.arrive_and_wait();
      map.insert("key", round);
    });
    start.arrive_and_wait();
    context.reset();
    inserter.join();
    REQUIRE(held.use_count() == 1);
    REQUIRE(map.waiting() == 0);
  }
}

}  // namespace context_test
