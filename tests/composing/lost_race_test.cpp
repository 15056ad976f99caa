// Between the moment in which a wait_any has its first value and the one in which it leaves its other
// keys, it still stands there. A value for such a key stays with who brings it.
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/waiter.hpp"

namespace lost_race_test {

struct base {
  virtual ~base() = default;
};
struct derived : base {};

// Calls a function once after it was released.
struct interrupted_mutex : std::mutex {
  static inline std::function<void()> after_unlock;

  void unlock() {
    std::mutex::unlock();
    if (after_unlock) std::exchange(after_unlock, nullptr)();
  }
};
struct interrupted_policy : waitmap::default_policy {
  using mutex = interrupted_mutex;
};
using map_type = waitmap::wait_map<int, std::unique_ptr<base>, waitmap::default_hash<int>,
                                   waitmap::default_equal<int>, interrupted_policy>;

// Failed once: the value was made from the argument before it was known that nobody wants it (2.2).
TEST_CASE("a value for a key that has just lost stays with who delivers it", "[3][2.2]") {
  map_type map(waitmap::options{.capacity = 0, .shards = 64});
  support::waiter any([&] { return map.take_any({1, 2}); });
  auto late = std::make_unique<derived>();
  waitmap::insert_result second{};
  interrupted_mutex::after_unlock = [&] {
    std::thread([&] { second = map.deliver(2, std::move(late)); }).join();
  };
  CHECK(map.deliver(1, std::make_unique<derived>()).outcome == waitmap::insert_outcome::delivered);
  CHECK(second.outcome == waitmap::insert_outcome::no_waiter);
  CHECK(late != nullptr);
  REQUIRE(any.has_result());
  CHECK(any.result().index == 0);
}

// Its making may throw: it is made before it is known whether somebody wants it.
class moved_with_care {
 public:
  explicit moved_with_care(int number) : number_(number) {}
  moved_with_care(moved_with_care&& other) noexcept(false)
      : number_(std::exchange(other.number_, 0)) {}
  moved_with_care& operator=(moved_with_care&& other) noexcept(false) {
    number_ = std::exchange(other.number_, 0);
    return *this;
  }
  int number() const { return number_; }

 private:
  int number_;
};

TEST_CASE("a value whose move may throw comes back from a key that has just lost", "[3][2.2]") {
  waitmap::wait_map<int, moved_with_care, waitmap::default_hash<int>, waitmap::default_equal<int>,
                    interrupted_policy>
      map(waitmap::options{.capacity = 0, .shards = 64});
  support::waiter any([&] { return map.take_any({1, 2}); });
  moved_with_care late(7);
  waitmap::insert_result second{};
  interrupted_mutex::after_unlock = [&] {
    std::thread([&] { second = map.deliver(2, std::move(late)); }).join();
  };
  CHECK(map.deliver(1, moved_with_care(5)).outcome == waitmap::insert_outcome::delivered);
  CHECK(second == waitmap::insert_result{waitmap::insert_outcome::no_waiter});
  CHECK(late.number() == 7);
  REQUIRE(any.has_result());
  CHECK(any.result().outcome->number() == 5);
}

TEST_CASE("a value goes to the wait_any that has not lost, behind one that has", "[3][3.5]") {
  map_type map(waitmap::options{.capacity = 0, .shards = 64});
  support::waiter lost([&] { return map.take_any({1, 2}); });
  support::waiter next([&] { return map.take_any({3, 2}); });
  auto late = std::make_unique<derived>();
  waitmap::insert_result second{};
  interrupted_mutex::after_unlock = [&] {
    std::thread([&] { second = map.deliver(2, std::move(late)); }).join();
  };
  map.deliver(1, std::make_unique<derived>());
  CHECK(second == waitmap::insert_result{waitmap::insert_outcome::delivered, 1});
  CHECK(late == nullptr);
  REQUIRE(next.has_result());
  CHECK(next.result().index == 1);
  CHECK(map.waiting() == 0);
}

}  // namespace lost_race_test
