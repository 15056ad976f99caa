// What ends waits in the map ends operations: without an error, and without a value.
#include <optional>
#include <utility>

#include "asio/net.hpp"

namespace ending_test {

TEST_CASE("cancel, cancel_all, close, and a dropped claim complete with an empty optional", "[4]") {
  const int how = GENERATE(0, 1, 2, 3);
  int_map map;
  net::io_context context;
  answer got;
  auto claim = map.try_claim("key");
  async_wait(map, "key", note(got, context.get_executor()));
  switch (how) {
    case 0:
      CHECK(map.cancel("key") == 1);
      break;
    case 1:
      CHECK(map.cancel_all() == 1);
      break;
    case 2:
      CHECK(map.close() == 1);
      break;
    case 3:
      claim = {};
      break;
  }
  context.run();
  CHECK(got.calls == 1);
  CHECK_FALSE(got.error);
  CHECK_FALSE(got.value);
}

TEST_CASE("async_wait_result says why there is no value", "[4]") {
  int_map map;
  net::io_context context;
  std::optional<waitmap::wait_status> status;
  async_wait_result(
      map, "key",
      net::bind_executor(context, [&](error_code error, waitmap::wait_outcome<int> outcome) {
        CHECK_FALSE(error);
        status = outcome.status();
      }));
  map.close();
  context.run();
  CHECK(status == waitmap::wait_status::closed);
}

TEST_CASE("the end of the map ends an operation", "[4]") {
  net::io_context context;
  answer got;
  {
    int_map map;
    async_wait(map, "key", note(got, context.get_executor()));
  }
  context.run();
  CHECK(got.calls == 1);
  CHECK_FALSE(got.error);
  CHECK_FALSE(got.value);
}

TEST_CASE("deliver reaches an operation and stores nothing", "[4]") {
  int_map map;
  net::io_context context;
  answer got;
  async_wait(map, "key", note(got, context.get_executor()));
  CHECK(map.deliver("key", 7).outcome == waitmap::insert_outcome::delivered);
  context.run();
  CHECK(got.value == 7);
  CHECK(map.empty());
}

}  // namespace ending_test
