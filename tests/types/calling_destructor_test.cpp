// 6.5, 2.3: a V whose destructor, unless it was moved from, calls the map.
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace calling_destructor_test {

class calling;
// One shard: a call under the lock would surely deadlock, or be noticed.
using map_type = waitmap::wait_map<int, calling>;
constexpr waitmap::options one_shard{.shards = 1};

// Removes the next value of its map when it dies, so that a chain of values dies.
class calling {
 public:
  calling(map_type& map, int next) : map_(&map), next_(next) {}
  calling(const calling&) = default;
  calling(calling&& other) noexcept
      : map_(std::exchange(other.map_, nullptr)), next_(other.next_) {}
  ~calling() {
    if (map_ == nullptr) return;
    ++deaths;
    if (next_ != 0) map_->erase(next_);
    (void)map_->size();
  }

  static inline int deaths = 0;

 private:
  map_type* map_;
  int next_;
};

TEST_CASE("a value that dies may remove the next", "[6.5][2.3]") {
  map_type map(one_shard);
  for (int key = 1; key < 100; ++key) map.try_emplace(key, map, key + 1);
  calling::deaths = 0;
  CHECK(map.erase(1));
  CHECK(calling::deaths == 99);
  CHECK(map.empty());
}

TEST_CASE("a value that is replaced may call the map", "[6.5][2.3]") {
  map_type map(one_shard);
  map.try_emplace(1, map, 2);
  map.try_emplace(2, map, 0);
  map.insert_or_assign(1, calling(map, 0));
  CHECK_FALSE(map.contains(2));
  map.try_emplace(2, map, 0);
  map.update(1, [&](auto& entry) { entry.assign(calling(map, 2)); });
  map.exchange(1, calling(map, 0));
  CHECK_FALSE(map.contains(2));
}

TEST_CASE("values that are cleared may call the map", "[6.5][2.3]") {
  map_type map(one_shard);
  for (int key = 1; key < 100; ++key) map.try_emplace(key, map, key % 7);
  calling::deaths = 0;
  map.clear();
  CHECK(calling::deaths == 99);
  for (int key = 1; key < 100; ++key) map.try_emplace(key, map, key % 7);
  CHECK(map.erase_if([](const int&, const calling&) { return true; }) == 99);
  CHECK(map.empty());
}

TEST_CASE("values may call the map while it is destroyed", "[6.5][2.3]") {
  calling::deaths = 0;
  {
    map_type map(one_shard);
    for (int key = 1; key < 100; ++key) map.try_emplace(key, map, key % 7);
  }
  CHECK(calling::deaths == 99);
}

TEST_CASE("a value that was delivered or taken may call the map when it dies", "[6.5][2.3]") {
  map_type map(one_shard);
  std::optional<std::optional<calling>> waited;
  std::optional<std::optional<calling>> taken;
  auto waiting = map.wait(1);
  auto taking = map.take(1);
  support::await_into(waiting, waited);
  support::await_into(taking, taken);
  map.insert(1, calling(map, 2));
  map.try_emplace(2, map, 0);
  waited.reset();
  CHECK_FALSE(map.contains(2));
  map.try_emplace(2, map, 0);
  taken.reset();
  CHECK_FALSE(map.contains(2));
}

TEST_CASE("tables grow while values could call the map", "[6.5][2.3]") {
  map_type map(one_shard);
  calling::deaths = 0;
  for (int key = 1; key < 1000; ++key) map.try_emplace(key, map, 0);
  map.shrink_to_fit();
  CHECK(calling::deaths == 0);  // what was moved from does not count
  CHECK(map.size() == 999);
}

}  // namespace calling_destructor_test
