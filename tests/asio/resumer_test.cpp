// executor_resumer: coroutines that co_await the map itself resume on an executor.
#include <thread>

#include "asio/net.hpp"
#include "support/spawn.hpp"

namespace resumer_test {

using posting_map =
    waitmap::wait_map<std::string, int, waitmap::default_hash<std::string>,
                      waitmap::default_equal<std::string>, waitmap::executor_policy<>>;

support::detached wait(posting_map& map, std::optional<int>& got, std::thread::id& thread) {
  got = co_await map.wait("key");
  thread = std::this_thread::get_id();
}

TEST_CASE("a coroutine resumes on the executor of the map", "[5.2]") {
  net::io_context context;
  posting_map map(waitmap::executor_resumer(net::any_io_executor(context.get_executor())));
  std::optional<int> got;
  std::thread::id thread;
  wait(map, got, thread);
  std::thread inserter([&] { map.insert("key", 7); });
  inserter.join();
  CHECK_FALSE(got);
  context.run();
  CHECK(got == 7);
  CHECK(thread == std::this_thread::get_id());
}

TEST_CASE("operations work on a map that resumes on an executor", "[5.2]") {
  net::io_context context;
  posting_map map(waitmap::executor_resumer<>(context.get_executor()));
  answer got;
  async_wait(map, "key", note(got, context.get_executor()));
  map.insert("key", 7);
  context.run();
  CHECK(got.value == 7);
}

TEST_CASE("operations work on a map without locks", "[1.5]") {
  waitmap::wait_map<std::string, int, waitmap::default_hash<std::string>,
                    waitmap::default_equal<std::string>, waitmap::single_threaded_policy>
      map;
  net::io_context context;
  answer got;
  async_wait(map, "key", note(got, context.get_executor()));
  map.insert("key", 7);
  context.run();
  CHECK(got.value == 7);
}

}  // namespace resumer_test
