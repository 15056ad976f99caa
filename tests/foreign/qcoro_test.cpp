// QCoro's task awaits the map's operations as they are; a resumer brings it back to Qt's event loop.
#include <qcorotask.h>

#include <QCoreApplication>
#include <coroutine>
#include <optional>
#include <string>
#include <thread>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace {

using map_type = waitmap::wait_map<std::string, int>;

// QCoro's await_transform forwards what is awaited by reference, from which g++ 12 moves: this copies.
template <class Operation>
class awaiting {
 public:
  explicit awaiting(Operation& operation) noexcept : operation_(&operation) {}

  bool await_ready() { return operation_->await_ready(); }
  auto await_suspend(std::coroutine_handle<> coroutine) {
    return operation_->await_suspend(coroutine);
  }
  auto await_resume() { return operation_->await_resume(); }

 private:
  Operation* operation_;
};

QCoro::Task<int> add(map_type& map) {
  auto wait = map.wait("left");
  auto left = co_await awaiting(wait);
  auto take = map.take("right");
  auto right = co_await awaiting(take);
  co_return left.value() + right.value();
}

QCoro::Task<> note(QCoro::Task<int> task, int& result) { result = co_await std::move(task); }

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
  auto wait = map.wait("key");
  auto value = co_await awaiting(wait);
  thread = std::this_thread::get_id();
  QCoreApplication::exit(*value);
}

}  // namespace

template <class Type>
struct waitmap::task_traits<QCoro::Task<Type>> {
  template <class Map, class Token>
  static auto wait_claimed(Map& map, const typename Map::key_type& key, Token token,
                           std::source_location where) {
    return wait<Map, Token>(map, key, std::move(token), where);
  }
  static bool is_cancellation(const std::exception_ptr&) noexcept { return false; }

 private:
  template <class Map, class Token>
  static QCoro::Task<waitmap::wait_outcome<Type>> wait(Map& map, const typename Map::key_type& key,
                                                       Token token, std::source_location where) {
    auto waiting = map.wait_claimed(key, std::move(token), where);
    auto outcome = co_await awaiting(waiting);
    co_return outcome;
  }
};

TEST_CASE("a QCoro task waits and takes", "[6.5]") {
  map_type map;
  int sum = 0;
  note(add(map), sum);
  map.insert("left", 1);
  CHECK(map.waiting("right") == 1);
  map.insert("right", 2);
  CHECK(sum == 3);
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
