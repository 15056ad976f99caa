// 1.5: a policy names the lock and the atomic; one without any locking comes with the library.
#include <atomic>
#include <mutex>
#include <optional>
#include <type_traits>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace policy_test {

template <class Policy>
using map_with =
    waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, Policy>;

int locked = 0;
int unlocked = 0;
struct counting_mutex {
  void lock() { ++locked; }
  void unlock() { ++unlocked; }
};
struct lock_policy : waitmap::default_policy {
  using mutex = counting_mutex;
};

TEST_CASE("a map locks with the lock of its policy", "[1.5]") {
  map_with<lock_policy> map;
  locked = unlocked = 0;
  map.insert(1, 2);
  CHECK(map.get(1) == 2);
  CHECK(locked == 2);
  CHECK(unlocked == 2);
}

int stores = 0;
template <class T>
struct counting_atomic : std::atomic<T> {
  using std::atomic<T>::atomic;
  void store(T value, std::memory_order order) noexcept {
    ++stores;
    std::atomic<T>::store(value, order);
  }
};
struct atomic_policy : waitmap::default_policy {
  template <class T>
  using atomic = counting_atomic<T>;
};

// Waits work whatever the policy.
template <class Policy>
void waits_and_inserts() {
  map_with<Policy> map;
  auto operation = map.wait(1);
  std::optional<std::optional<int>> result;
  support::await_into(operation, result);
  CHECK_FALSE(result);
  CHECK(map.insert(1, 2).resumed == 1);
  CHECK(result == std::optional(2));
}

TEST_CASE("a map uses the atomics of its policy", "[1.5]") {
  stores = 0;
  waits_and_inserts<atomic_policy>();
  CHECK(stores > 0);
}

struct standard_policy : waitmap::default_policy {
  using mutex = std::mutex;
};
TEST_CASE("a map works with std::mutex", "[1.5]") { waits_and_inserts<standard_policy>(); }

TEST_CASE("a map for one thread locks nothing and has one shard", "[1.5]") {
  waits_and_inserts<waitmap::single_threaded_policy>();
  CHECK(map_with<waitmap::single_threaded_policy>().shard_count() == 1);
  STATIC_REQUIRE(std::is_empty_v<waitmap::single_threaded_policy::mutex>);
}

TEST_CASE("the default lock takes no more than eight bytes", "[1.5]") {
  STATIC_REQUIRE(sizeof(waitmap::default_policy::mutex) <= 8);
}

}  // namespace policy_test
