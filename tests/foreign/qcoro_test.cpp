// QCoro's task awaits the map's operations as they are; a resumer brings it back to Qt's event loop.
#include <qcorotask.h>

#include <QCoreApplication>
#include <coroutine>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace qcoro_test {

using map_type = waitmap::wait_map<std::string, int>;

QCoro::Task<int> add(map_type& map) {
  auto left = co_await map.wait("left");
  auto take = map.take("right");
  auto right = co_await std::move(take);  // g++ 12 would copy an lvalue
  co_return left.value() + right.value();
}

QCoro::Task<std::size_t> first_and_all(map_type& map, const std::vector<std::string>& keys) {
  auto subscription = map.subscribe("third");
  auto first = co_await map.wait_any(keys);
  auto all = co_await map.wait_all(keys);
  auto third = co_await subscription;
  co_return first.index + 10 * all.size() + 100 * static_cast<std::size_t>(third.value());
}

template <class Type>
QCoro::Task<> note(QCoro::Task<Type> task, Type& result) {
  result = co_await std::move(task);
}

// Resumes in the event loop of the thread that the application lives in.
struct event_loop_resumer {
  void operator()(std::coroutine_handle<> coroutine) const {
    QMetaObject::invokeMethod(
        QCoreApplication::instance(), [coroutine] { coroutine.resume(); }, Qt::QueuedConnection);
  }
};
struct event_loop_policy : waitmap::default_policy {
  using resumer = event_loop_resumer;
};
using event_loop_map = waitmap::wait_map<std::string, int, waitmap::default_hash<std::string>,
                                         waitmap::default_equal<std::string>, event_loop_policy>;

QCoro::Task<> wait_in_loop(event_loop_map& map, std::thread::id& thread) {
  auto value = co_await map.wait("key");
  thread = std::this_thread::get_id();
  QCoreApplication::exit(*value);
}

TEST_CASE("a QCoro task waits and takes", "[6.5]") {
  map_type map;
  int sum = 0;
  note(add(map), sum);
  map.insert("left", 1);
  CHECK(map.waiting("right") == 1);
  map.insert("right", 2);
  CHECK(sum == 3);
}

TEST_CASE("a QCoro task waits for several keys and for a subscription", "[6.5]") {
  map_type map;
  const std::vector<std::string> keys{"left", "right"};
  std::size_t result = 0;
  note(first_and_all(map, keys), result);
  map.insert("right", 2);
  map.insert("left", 1);
  CHECK(result == 0);
  map.insert("third", 3);
  CHECK(result == 1 + 20 + 300);
}

TEST_CASE("get_or_compute returns a QCoro task", "[4.2]") {
  map_type map;
  int leader = 0;
  int follower = 0;
  const auto factory = [&map] { return add(map); };
  note(waitmap::get_or_compute(map, "sum", factory), leader);
  note(waitmap::get_or_compute(map, "sum", factory), follower);
  map.insert("left", 1);
  map.insert("right", 2);
  CHECK(leader == 3);
  CHECK(follower == 3);
}

TEST_CASE("a QCoro task resumes in the event loop", "[5.2]") {
  int argc = 1;
  char name[] = "test";
  char* argv[] = {name, nullptr};
  QCoreApplication application(argc, argv);
  event_loop_map map;
  std::thread::id thread;
  wait_in_loop(map, thread);
  std::thread inserter([&] { map.insert("key", 7); });
  CHECK(QCoreApplication::exec() == 7);
  inserter.join();
  CHECK(thread == std::this_thread::get_id());
}

}  // namespace qcoro_test
