// 2.3: no destructor of a removed or replaced value runs while a lock is held.
#include <optional>
#include <type_traits>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace removed_value_test {

// A lock that knows whether it is held.
int held = 0;
struct noting_mutex {
  void lock() { ++held; }
  void unlock() { --held; }
};
struct noting_policy : waitmap::default_policy {
  using mutex = noting_mutex;
};

// Notes whether it dies under a lock, unless it was moved from. Both kinds: one is kept in the table itself,
// the other, whose move may throw, behind a pointer.
template <bool NeverThrows>
class mortal {
 public:
  explicit mortal(int number) : number_(number) {}
  mortal(const mortal& other) : number_(other.number_) {}
  mortal(mortal&& other) noexcept(NeverThrows) : number_(std::exchange(other.number_, 0)) {}
  ~mortal() {
    if (number_ == 0) return;
    ++died;
    if (held != 0) ++died_under_a_lock;
  }
  int number() const { return number_; }

  static inline int died = 0;
  static inline int died_under_a_lock = 0;

 private:
  int number_;
};

template <class Value>
using map_of = waitmap::wait_map<int, Value, waitmap::default_hash<int>,
                                 waitmap::default_equal<int>, noting_policy>;

// What the function removes from a map with a value under 1, 2 and 3 dies, and with no lock held.
template <class Value, class Function>
void dies_unlocked(int expected, Function&& remove) {
  map_of<Value> map(waitmap::options{.shards = 1});
  for (const int key : {1, 2, 3}) map.try_emplace(key, key);
  Value::died = Value::died_under_a_lock = 0;
  remove(map);
  CHECK(Value::died == expected);
  CHECK(Value::died_under_a_lock == 0);
}

template <class Value>
void every_removed_value_dies_unlocked() {
  using map_type = map_of<Value>;
  dies_unlocked<Value>(1, [](map_type& map) { map.erase(1); });
  dies_unlocked<Value>(1,
                       [](map_type& map) { map.erase_if(1, [](const Value&) { return true; }); });
  dies_unlocked<Value>(1, [](map_type& map) { map.extract(1); });
  dies_unlocked<Value>(
      3, [](map_type& map) { map.erase_if([](const int&, const Value&) { return true; }); });
  dies_unlocked<Value>(3, [](map_type& map) { map.clear(); });
  dies_unlocked<Value>(1, [](map_type& map) { map.insert_or_assign(1, Value(4)); });
  dies_unlocked<Value>(1, [](map_type& map) { map.exchange(1, Value(4)); });
  dies_unlocked<Value>(1, [](map_type& map) { map.update(1, [](auto& entry) { entry.erase(); }); });
  dies_unlocked<Value>(2, [](map_type& map) {
    map.update(1, [](auto& entry) { entry.assign(Value(4)), entry.assign(Value(5)); });
  });
  dies_unlocked<Value>(2, [](map_type& map) {
    map.update(1, [](auto& entry) { entry.assign(Value(4)), entry.erase(); });
  });
  dies_unlocked<Value>(1, [](map_type& map) {
    map.update(9, [](auto& entry) { entry.emplace(4), entry.erase(); });
  });
  dies_unlocked<Value>(1, [](map_type& map) { CHECK_FALSE(map.insert(1, Value(4))); });
  dies_unlocked<Value>(1, [](map_type& map) { CHECK_FALSE(map.deliver(1, Value(4))); });
}

TEST_CASE("a removed or replaced value dies with no lock held", "[2.3]") {
  every_removed_value_dies_unlocked<mortal<true>>();
}

TEST_CASE("a removed or replaced value that is kept behind a pointer dies with no lock held",
          "[2.3]") {
  every_removed_value_dies_unlocked<mortal<false>>();
}

TEST_CASE("values cleared beside waiting keys die with no lock held", "[2.3]") {
  using value_type = mortal<true>;
  dies_unlocked<value_type>(3, [](map_of<value_type>& map) {
    auto operation = map.wait(9);
    std::optional<std::optional<value_type>> result;
    support::await_into(operation, result);
    map.clear();
    map.cancel(9);
  });
}

TEST_CASE("values die with no lock held when the map dies", "[2.3]") {
  using value_type = mortal<true>;
  {
    map_of<value_type> map;
    for (const int key : {1, 2, 3}) map.try_emplace(key, key);
    value_type::died = value_type::died_under_a_lock = 0;
  }
  CHECK(value_type::died == 3);
  CHECK(value_type::died_under_a_lock == 0);
}

TEST_CASE("a delivered value dies with no lock held", "[2.3]") {
  using value_type = mortal<true>;
  dies_unlocked<value_type>(2, [](map_of<value_type>& map) {
    auto operation = map.wait_with(9, [](const value_type& value) { return value.number(); });
    std::optional<std::optional<int>> result;
    support::await_into(operation, result);
    CHECK(map.deliver(9, value_type(4)).resumed == 1);
    CHECK(result == std::optional(4));
    CHECK(map.erase(1));
  });
}

}  // namespace removed_value_test
