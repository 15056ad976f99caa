// Rules 3.5 and 6.2: a key of a group may get its value while another fails to be registered.
#include <cstddef>
#include <functional>
#include <thread>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/waiter.hpp"

namespace late_failure_test {

struct no_copy {};

// Key 1, when it is copied into the table, first lets something happen and then throws.
class key {
 public:
  static inline std::function<void()> happens;

  explicit key(int number) noexcept : number_(number) {}
  key(const key& other) : number_(other.number_) {
    if (number_ == 1 && happens) {
      std::exchange(happens, nullptr)();
      throw no_copy{};
    }
  }
  key(key&&) noexcept = default;
  friend bool operator==(const key&, const key&) = default;
  int number() const noexcept { return number_; }

 private:
  int number_;
};

// Keys 0 and 1 are in different shards: the lock of one is free while the other is registered.
struct apart {
  using is_avalanching = void;
  std::size_t operator()(const key& hashed) const noexcept {
    return static_cast<std::size_t>(hashed.number()) << waitmap::detail::whole_hash::shard_shift;
  }
};
using map_type = waitmap::wait_map<key, int, apart>;

// Another thread inserts key 0 while key 1 is copied.
void insert_meanwhile(map_type& map) {
  key::happens = [&map] { std::thread([&map] { map.insert(key(0), 7); }).join(); };
}

std::vector<key> both() {
  std::vector<key> keys;
  keys.emplace_back(0);
  keys.emplace_back(1);
  return keys;
}

TEST_CASE("a wait_any that has its value does not fail with a key behind it", "[6.2]") {
  map_type map(waitmap::options{.capacity = 100, .shards = 16});
  const std::vector<key> keys = both();
  insert_meanwhile(map);
  support::waiter any([&] { return map.wait_any(keys); });
  REQUIRE(any.has_result());
  CHECK(any.result().index == 0);
  CHECK(*any.result().outcome == 7);
  CHECK(map.get(key(0)) == 7);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a take_any that has taken its value does not lose it to a key that fails", "[3.5]") {
  map_type map(waitmap::options{.capacity = 100, .shards = 16});
  const std::vector<key> keys = both();
  insert_meanwhile(map);
  support::waiter any([&] { return map.take_any(keys); });
  REQUIRE(any.has_result());
  CHECK(*any.result().outcome == 7);
  CHECK(map.empty());
  CHECK(map.waiting() == 0);
}

TEST_CASE("a wait_all whose other key has a value by then fails, the value stays", "[6.2]") {
  map_type map(waitmap::options{.capacity = 100, .shards = 16});
  const std::vector<key> keys = both();
  insert_meanwhile(map);
  support::waiter all([&] { return map.wait_all(keys); });
  CHECK(all.failed_with<no_copy>());
  CHECK(map.get(key(0)) == 7);
  CHECK(map.waiting() == 0);
}

}  // namespace late_failure_test
