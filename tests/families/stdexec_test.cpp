// stdexec itself: its coroutines and its algorithms. Compiled where WAIT_MAP_STDEXEC_DIR names a checkout.
#include <optional>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

#include <exec/single_thread_context.hpp>
#include <exec/task.hpp>
#include <exec/when_any.hpp>
#include <stdexec/execution.hpp>

#include <wait_map/execution.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/operations.hpp"

namespace stdexec_test {

using map_type = waitmap::wait_map<int, int>;

// Where the task goes on, and whether it got its value.
struct seen {
  bool got_ten = false;
  std::thread::id on;
};

template <class Task, class Operation>
Task await(map_type& map, seen& note) {
  auto result = co_await Operation::begin(map);
  note = {Operation::got_ten(result), std::this_thread::get_id()};
}
template <class Operation>
exec::task<void> await_lvalue(map_type& map, seen& note) {
  auto operation = Operation::begin(map);
  auto result = co_await operation;
  note = {Operation::got_ten(result), std::this_thread::get_id()};
}

// Inserts when somebody waits.
std::thread inserting(map_type& map) {
  return std::thread([&map] {
    while (map.waiting() == 0) std::this_thread::yield();
    support::insert_both(map);
  });
}

TEMPLATE_TEST_CASE("a value from another thread comes home to the task's scheduler", "[5.6]",
                   EVERY_OPERATION) {
  const auto comes_home = [](auto task_for) {
    exec::single_thread_context context;
    std::thread::id home;
    stdexec::sync_wait(stdexec::starts_on(context.get_scheduler(), stdexec::just()) |
                       stdexec::then([&] { home = std::this_thread::get_id(); }));
    map_type map;
    auto claim = map.try_claim(1);
    seen note;
    std::thread other = inserting(map);
    stdexec::sync_wait(stdexec::starts_on(context.get_scheduler(), task_for(map, note)));
    other.join();
    return note.got_ten && note.on == home;
  };
  CHECK(comes_home(
      [](map_type& map, seen& note) { return await<exec::task<void>, TestType>(map, note); }));
  CHECK(comes_home([](map_type& map, seen& note) { return await_lvalue<TestType>(map, note); }));
  CHECK(comes_home(
      [](map_type& map, seen& note) { return await<stdexec::task<void>, TestType>(map, note); }));
}

TEMPLATE_TEST_CASE("a task in when_any is stopped when another sender is first", "[5.6]",
                   EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  seen note;
  stdexec::sync_wait(exec::when_any(await<exec::task<void>, TestType>(map, note), stdexec::just()));
  stdexec::sync_wait(exec::when_any(await_lvalue<TestType>(map, note), stdexec::just()));
  stdexec::sync_wait(
      exec::when_any(await<stdexec::task<void>, TestType>(map, note), stdexec::just()));
  CHECK(!note.got_ten);
  CHECK(map.waiting() == 0);
}

TEMPLATE_TEST_CASE("a wait is a sender as it is", "[5.6]", EVERY_OPERATION) {
  map_type map;
  auto claim = map.try_claim(1);
  std::thread other = inserting(map);
  auto result = stdexec::sync_wait(TestType::begin(map));
  other.join();
  REQUIRE(result);
  CHECK(TestType::got_ten(std::get<0>(*result)));
}

TEST_CASE("of two senders the first ends the other", "[5.7]") {
  map_type map;
  map.insert(2, 20);
  auto first =
      stdexec::sync_wait(exec::when_any(waitmap::async_wait(map, 1), waitmap::async_wait(map, 2)));
  CHECK(std::get<0>(*first) == 20);
  auto plain = stdexec::sync_wait(exec::when_any(map.wait(1), map.take(2)));
  CHECK(std::get<0>(*plain) == 20);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a sender that fails, or is stopped, says so", "[5.7]") {
  map_type map;
  std::thread other([&] {
    while (map.waiting() == 0) std::this_thread::yield();
    map.fail(1, std::make_exception_ptr(5));
  });
  CHECK_THROWS_AS(stdexec::sync_wait(waitmap::async_take(map, 1)), int);
  other.join();
  auto taken = stdexec::sync_wait(
      exec::when_any(waitmap::async_take_any(map, {1, 2}) | stdexec::then([](auto) { return 1; }),
                     stdexec::just(2)));
  CHECK(std::get<0>(*taken) == 2);
  CHECK(map.waiting() == 0);
}

}  // namespace stdexec_test
