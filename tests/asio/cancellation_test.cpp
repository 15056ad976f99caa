// Cancelling one operation through its handler's cancellation slot.
#include <atomic>
#include <thread>

#include "asio/net.hpp"

namespace cancellation_test {

TEST_CASE("a cancelled operation leaves the map and completes with operation_aborted", "[3.6]") {
  const auto type = GENERATE(net::cancellation_type::terminal, net::cancellation_type::partial,
                             net::cancellation_type::total);
  int_map map;
  net::io_context context;
  net::cancellation_signal signal;
  answer got;
  async_wait(map, "key",
             net::bind_cancellation_slot(signal.slot(), note(got, context.get_executor())));
  signal.emit(type);
  CHECK(map.waiting() == 0);
  CHECK(got.calls == 0);
  context.run();
  CHECK(got.calls == 1);
  CHECK(got.error == net::error::operation_aborted);
  CHECK_FALSE(got.value);
}

TEST_CASE("a cancellation of no type changes nothing", "[3.8]") {
  int_map map;
  net::io_context context;
  net::cancellation_signal signal;
  answer got;
  async_wait(map, "key",
             net::bind_cancellation_slot(signal.slot(), note(got, context.get_executor())));
  signal.emit(net::cancellation_type::none);
  CHECK(map.waiting() == 1);
  map.insert("key", 7);
  context.run();
  CHECK(got.value == 7);
}

TEST_CASE("a cancellation after the value changes nothing", "[3.8]") {
  int_map map;
  net::io_context context;
  net::cancellation_signal signal;
  answer got;
  async_take(map, "key",
             net::bind_cancellation_slot(signal.slot(), note(got, context.get_executor())));
  map.insert("key", 7);
  signal.emit(net::cancellation_type::terminal);
  context.run();
  CHECK_FALSE(got.error);
  CHECK(got.value == 7);
  CHECK(got.calls == 1);
  signal.emit(net::cancellation_type::terminal);  // nobody listens
  CHECK(context.poll() == 0);
  CHECK(got.calls == 1);
}

TEST_CASE("a handler finds its cancellation slot empty, and whoever fills it keeps it", "[3.8]") {
  int_map map;
  net::io_context context;
  net::cancellation_signal signal;
  bool empty = false;
  int filled = 0;
  async_wait(map, "key",
             net::bind_cancellation_slot(
                 signal.slot(), net::bind_executor(context, [&](error_code, std::optional<int>) {
                   empty = !signal.slot().has_handler();
                   signal.slot().assign([&](net::cancellation_type) { ++filled; });
                 })));
  CHECK(signal.slot().has_handler());
  map.insert("key", 7);
  context.run();
  CHECK(empty);
  signal.emit(net::cancellation_type::terminal);
  CHECK(filled == 1);
}

TEST_CASE(
    "a value that a taker has got stays its own where the cancellation comes before it resumes",
    "[3.5][3.8]") {
  net::io_context context;
  waitmap::wait_map<std::string, int, waitmap::default_hash<std::string>,
                    waitmap::default_equal<std::string>, waitmap::executor_policy<>>
      map(waitmap::executor_resumer<>(context.get_executor()));
  net::cancellation_signal signal;
  answer got;
  async_take(map, "key",
             net::bind_cancellation_slot(signal.slot(), note(got, context.get_executor())));
  map.insert("key", 7);
  signal.emit(net::cancellation_type::terminal);
  context.run();
  CHECK_FALSE(got.error);
  CHECK(got.value == 7);
  CHECK(map.empty());
}

// Runs what it is given on another thread, and waits for its end.
struct elsewhere {
  elsewhere require(net::execution::blocking_t::never_t) const noexcept { return *this; }
  static constexpr auto query(net::execution::blocking_t) noexcept {
    return net::execution::blocking.never;
  }
  template <class Function>
  void execute(Function function) const {
    std::thread([&] { function(); }).join();
  }
  friend bool operator==(const elsewhere&, const elsewhere&) noexcept { return true; }
  friend bool operator!=(const elsewhere&, const elsewhere&) noexcept { return false; }
};

TEST_CASE("a cancelled operation may be over before the cancellation has returned", "[3.8]") {
  int_map map;
  net::cancellation_signal signal;
  answer got;
  async_wait(map, "key", net::bind_cancellation_slot(signal.slot(), note(got, elsewhere())));
  signal.emit(net::cancellation_type::terminal);
  CHECK(got.calls == 1);
  CHECK(got.error == net::error::operation_aborted);
  CHECK_FALSE(signal.slot().has_handler());
}

TEST_CASE("a taker that is cancelled loses no value", "[3.5]") {
  // Each value is either with its taker or in the map.
  int_map map;
  for (int round = 0; round != 300; ++round) {
    net::io_context context;
    net::cancellation_signal signal;
    answer got;
    async_take(map, "key",
               net::bind_cancellation_slot(signal.slot(), note(got, context.get_executor())));
    const auto insert = [&] { map.insert("key", round); };
    const auto cancel = [&] { signal.emit(net::cancellation_type::terminal); };
    switch (round % 4) {  // either may come first, and does in some rounds
      case 0:
        insert(), cancel();
        break;
      case 1:
        cancel(), insert();
        break;
      default: {
        std::thread inserter(insert);
        cancel();
        inserter.join();
      }
    }
    context.run();
    REQUIRE(got.calls == 1);
    if (got.value) {
      REQUIRE_FALSE(got.error);
      REQUIRE(map.empty());
    } else {
      REQUIRE(got.error == net::error::operation_aborted);
      REQUIRE(map.extract("key") == round);
    }
  }
}

TEST_CASE("many operations are cancelled and completed by many threads, each once", "[3.2]") {
  constexpr int operations = 400;
  waitmap::wait_map<int, int> map;
  net::thread_pool pool(2);
  std::atomic<int> values = 0;
  std::atomic<int> aborted = 0;
  std::vector<net::cancellation_signal> signals(operations);
  std::vector<net::strand<net::thread_pool::executor_type>> strands;
  for (int i = 0; i != operations; ++i) strands.push_back(net::make_strand(pool.get_executor()));
  for (int i = 0; i != operations; ++i) {
    net::post(strands[static_cast<std::size_t>(i)], [&, i] {
      async_wait(
          map, i,
          net::bind_cancellation_slot(signals[static_cast<std::size_t>(i)].slot(),
                                      net::bind_executor(strands[static_cast<std::size_t>(i)],
                                                         [&](error_code error, std::optional<int>) {
                                                           ++(error ? aborted : values);
                                                         })));
      net::post(strands[static_cast<std::size_t>(i)], [&, i] {
        if (i % 2 == 0) {
          signals[static_cast<std::size_t>(i)].emit(net::cancellation_type::terminal);
        }
      });
    });
  }
  std::thread inserter([&] {
    for (int i = 0; i != operations; ++i) map.insert(i, i);
  });
  inserter.join();
  pool.join();
  CHECK(values + aborted == operations);
  CHECK(aborted <= operations / 2);
  CHECK(map.waiting() == 0);
}

}  // namespace cancellation_test
