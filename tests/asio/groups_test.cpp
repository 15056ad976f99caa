// async_wait_all, async_wait_any, async_take_any.
#include <list>
#include <ranges>
#include <string>
#include <vector>

#include "asio/net.hpp"

namespace groups_test {

using number_map = waitmap::wait_map<int, int>;
using waitmap::wait_status;

TEST_CASE("async_wait_all completes with an outcome per key", "[3]") {
  number_map map;
  net::io_context context;
  std::vector<int> got;
  async_wait_all(map, {1, 2, 3},
                 net::bind_executor(
                     context, [&](error_code error, std::vector<waitmap::wait_outcome<int>> all) {
                       CHECK_FALSE(error);
                       for (auto& each : all) got.push_back(each ? *each : -1);
                     }));
  map.insert(3, 30);
  map.cancel(2);
  map.insert(1, 10);
  context.run();
  CHECK(got == std::vector<int>{10, -1, 30});
}

TEST_CASE("a cancelled async_wait_all keeps the outcomes it has", "[3.8]") {
  number_map map;
  net::io_context context;
  net::cancellation_signal signal;
  std::vector<wait_status> got;
  error_code why;
  async_wait_all(map, std::vector<int>{1, 2},
                 net::bind_cancellation_slot(
                     signal.slot(),
                     net::bind_executor(context, [&](error_code error,
                                                     std::vector<waitmap::wait_outcome<int>> all) {
                       why = error;
                       for (auto& each : all) got.push_back(each.status());
                     })));
  map.insert(1, 10);
  signal.emit(net::cancellation_type::terminal);
  context.run();
  CHECK(why == net::error::operation_aborted);
  CHECK(got == std::vector<wait_status>{wait_status::value, wait_status::stopped});
  CHECK(map.waiting() == 0);
}

TEST_CASE("async_wait_any and async_take_any complete with the first", "[3]") {
  number_map map;
  net::io_context context;
  waitmap::first_outcome<int> seen{9, waitmap::wait_outcome<int>(wait_status::closed)};
  waitmap::first_outcome<int> taken = seen;
  const std::vector<int> keys{1, 2};
  async_wait_any(map, keys,
                 net::bind_executor(context, [&](error_code, waitmap::first_outcome<int> first) {
                   seen = first;
                 }));
  async_take_any(map, keys,
                 net::bind_executor(context, [&](error_code, waitmap::first_outcome<int> first) {
                   taken = first;
                 }));
  map.insert(2, 20);
  context.run();
  CHECK(seen.index == 1);
  CHECK(*seen.outcome == 20);
  CHECK(taken.index == 1);
  CHECK(map.empty());
  CHECK(map.waiting() == 0);
}

TEST_CASE("a cancelled async_take_any takes nothing", "[3.5]") {
  number_map map;
  net::io_context context;
  net::cancellation_signal signal;
  error_code why;
  std::size_t index = 0;
  async_take_any(
      map, {1, 2},
      net::bind_cancellation_slot(
          signal.slot(),
          net::bind_executor(context, [&](error_code error, waitmap::first_outcome<int> first) {
            why = error;
            index = first.index;
          })));
  signal.emit(net::cancellation_type::terminal);
  map.insert(1, 10);
  context.run();
  CHECK(why == net::error::operation_aborted);
  CHECK(index == waitmap::first_outcome<int>::no_key);
  CHECK(map.contains(1));
}

// It once took only ranges whose end is an iterator.
TEST_CASE("a wait for all takes every range that wait_all takes", "[3]") {
  int_map map;
  map.insert("one", 1);
  map.insert("two", 2);
  const std::list<std::string> keys{"one", "two", "never"};
  net::io_context context;
  run(context, [](int_map& from, const std::list<std::string>& names) -> net::awaitable<void> {
    auto all = co_await async_wait_all(from, names | std::views::take(2), net::use_awaitable);
    REQUIRE(all.size() == 2);
    CHECK(*all[0] == 1);
    CHECK(*all[1] == 2);
  }(map, keys));
}

}  // namespace groups_test
