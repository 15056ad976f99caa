// 1.5: where the policy's lock can be shared, readers share it.
#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/barrier.hpp"
#include "support/catch.hpp"

namespace shared_readers_test {

template <class Mutex>
struct policy_with : waitmap::default_policy {
  using mutex = Mutex;
};
template <class Mutex>
using map_with = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                   waitmap::default_equal<int>, policy_with<Mutex>>;

// What another thread reads while this one does.
template <class Map>
std::optional<int> read_meanwhile(const Map& map) {
  std::optional<int> seen;
  map.visit(1, [&](const int&) { std::thread([&] { seen = map.get(1); }).join(); });
  return seen;
}

TEST_CASE("two readers are under the lock of one shard at a time", "[1.5]") {
  map_with<std::shared_mutex> map(waitmap::options{.shards = 1});
  map.insert(1, 10);
  CHECK(read_meanwhile(map) == 10);
}

TEST_CASE("two readers are under the default lock of one shard, after many", "[1.5]") {
  if (!support::barrier_is_granted()) {
    WARN("the kernel refuses membarrier: nothing is shared");
    return;
  }
  waitmap::wait_map<int, int> map;
  map.insert(1, 10);
  for (std::uint32_t i = 0; i != 2048 * waitmap::detail::processors(); ++i) (void)map.get(1);
  CHECK(read_meanwhile(map) == 10);
  CHECK(map.modify(1, [](int& value) { ++value; }));  // nobody reads any more
  CHECK(map.get(1) == 11);
}

int shared = 0;
int exclusive = 0;
struct counting_mutex {
  void lock() { ++exclusive; }
  void unlock() {}
  void lock_shared() { ++shared; }
  void unlock_shared() {}
};

// Whether the function locks, and only as a reader.
template <class Function>
bool only_reads(Function&& function) {
  shared = exclusive = 0;
  function();
  return shared > 0 && exclusive == 0;
}

TEST_CASE("readers share the lock and writers do not", "[1.5]") {
  map_with<counting_mutex> map;
  map.insert(1, 10);

  CHECK(only_reads([&] { (void)map.get(1); }));
  CHECK(only_reads([&] { (void)map.contains(1); }));
  CHECK(only_reads([&] { map.visit(1, [](const int&) {}); }));
  CHECK(only_reads([&] { map.for_each([](const int&, const int&) {}); }));
  CHECK(only_reads([&] { (void)map.size(); }));
  CHECK(only_reads([&] { (void)map.empty(); }));
  CHECK(only_reads([&] { (void)map.waiting(); }));
  CHECK(only_reads([&] { (void)map.waiting(1); }));
  CHECK_FALSE(only_reads([&] { map.modify(1, [](int&) {}); }));
  CHECK_FALSE(only_reads([&] { map.modify_each([](const int&, int&) {}); }));
  CHECK_FALSE(only_reads([&] { map.insert(1, 2); }));
  CHECK_FALSE(only_reads([&] { map.erase(1); }));
}

}  // namespace shared_readers_test
