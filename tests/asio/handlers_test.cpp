// When, where and how often the handler of an operation is called.
#include <memory>
#include <thread>

#include "asio/net.hpp"

namespace handlers_test {

TEST_CASE("a handler gets the value on its executor", "[3]") {
  int_map map;
  net::io_context context;
  answer got;
  async_wait(map, "key", note(got, context.get_executor()));
  REQUIRE(map.waiting("key") == 1);
  map.insert("key", 7);
  CHECK(got.calls == 0);  // not in the insert
  context.run();          // which the pending operation keeps going
  CHECK(got.calls == 1);
  CHECK_FALSE(got.error);
  CHECK(got.value == 7);
}

TEST_CASE("a handler is not called by the initiating function", "[3.1]") {
  int_map map;
  map.insert("key", 7);
  net::io_context context;
  answer got;
  async_wait(map, "key", note(got, context.get_executor()));
  CHECK(got.calls == 0);
  context.run();
  CHECK(got.value == 7);
}

TEST_CASE("a pending operation is work for its executor", "[3]") {
  int_map map;
  net::io_context context;
  answer got;
  async_wait(map, "key", note(got, context.get_executor()));
  std::thread inserter([&] { map.insert("key", 7); });
  context.run();  // returns when the thread has inserted
  inserter.join();
  CHECK(got.value == 7);
}

TEST_CASE("a handler without an executor runs on the thread that inserts", "[3]") {
  int_map map;
  std::optional<int> got;
  async_take(map, "key", [&](error_code, std::optional<int> value) { got = value; });
  const auto result = map.insert("key", 7);
  CHECK(result.outcome == waitmap::insert_outcome::handed_off);
  CHECK(got == 7);
  CHECK(map.empty());
}

TEST_CASE("a handler may be movable only, and so may the value", "[6.5]") {
  waitmap::wait_map<int, std::unique_ptr<int>> map;
  net::io_context context;
  int got = 0;
  async_take(
      map, 1,
      net::bind_executor(context, [&got, owned = std::make_unique<int>(1)](
                                      error_code, std::optional<std::unique_ptr<int>> value) {
        got = **value + *owned;
      }));
  map.insert(1, std::make_unique<int>(6));
  context.run();
  CHECK(got == 7);
}

TEST_CASE("a handler that throws does so from run()", "[5.8]") {
  int_map map;
  net::io_context context;
  async_wait(map, "key",
             net::bind_executor(context, [](error_code, std::optional<int>) { throw 7; }));
  CHECK(map.insert("key", 1).resumed == 1);
  CHECK_THROWS_AS(context.run(), int);
}

TEST_CASE("where an operation waits can be asked", "[3]") {
  int_map map;
  net::io_context context;
  answer got;
  async_wait(map, "key", note(got, context.get_executor()));
  std::string file;
  map.for_each_waiting([&](const std::string&, std::span<const std::source_location> places) {
    file = places[0].file_name();
  });
  CHECK(file.find("handlers_test") != std::string::npos);
}

TEST_CASE("a strand keeps handlers apart", "[5.8]") {
  int_map map;
  net::thread_pool pool(2);
  auto strand = net::make_strand(pool);
  int calls = 0;  // not atomic: the strand protects it
  for (int i = 0; i != 200; ++i) {
    async_wait(map, std::to_string(i),
               net::bind_executor(strand, [&](error_code, std::optional<int>) { ++calls; }));
  }
  std::thread other([&] {
    for (int i = 0; i != 100; ++i) map.insert(std::to_string(i), i);
  });
  for (int i = 100; i != 200; ++i) map.insert(std::to_string(i), i);
  other.join();
  pool.join();
  CHECK(calls == 200);
}

}  // namespace handlers_test
