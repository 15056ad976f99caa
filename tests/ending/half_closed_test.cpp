// 4: a map that is being closed, shard after shard, is closed when all are.
#include <functional>
#include <mutex>
#include <thread>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace half_closed_test {

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

TEST_CASE("a map of which one shard is closed does not say that it is closed", "[4]") {
  waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>,
                    interrupted_policy>
      map(waitmap::options{.capacity = 0, .shards = 2});
  bool closed = true;
  int accepted = 0;
  interrupted_mutex::after_unlock = [&] {
    std::thread([&] {
      closed = map.closed();
      for (int key = 0; key < 100; ++key) accepted += map.insert(key, key) ? 1 : 0;
    }).join();
  };
  map.close();
  CHECK_FALSE(closed);
  CHECK((accepted > 0 && accepted < 100));  // by the other shard
  CHECK(map.closed());
  CHECK(map.insert(100, 1).outcome == waitmap::insert_outcome::closed);
}

}  // namespace half_closed_test
