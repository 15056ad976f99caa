// 3.6: memory that waiters needed is given back, what was reserved for values is not; and where there is no memory
// for a smaller table, the large one stays.
#include <cstddef>
#include <list>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/failing.hpp"

namespace given_back_memory_test {

using map_type = waitmap::wait_map<int, int>;

constexpr int many = 20'000;

// Many wait, each for a key of its own, while the function runs.
struct subscribed {
  subscribed(map_type& map, int key) : wait(map.subscribe(key)) {}
  decltype(std::declval<map_type&>().subscribe(0)) wait;
};
template <class Function>
void while_many_wait(map_type& map, Function function) {
  std::list<subscribed> waits;
  for (int key = 1; key <= many; ++key) waits.emplace_back(map, key);
  function();
}

TEST_CASE("what was reserved for values stays when waiters have left", "[1.6][3.6]") {
  map_type map(waitmap::options{.capacity = 1000, .shards = 1});
  const std::size_t reserved = map.capacity();
  REQUIRE(reserved >= 1000);
  while_many_wait(map, [&] {
    CHECK(map.capacity() >= many);
    map.cancel_all();  // at once: no table of a size between is made
  });
  CHECK(map.waiting() == 0);
  CHECK(map.capacity() < many / 4);
  const std::size_t left = map.capacity();
  CHECK(left >= 1000);
  for (int key = 0; key < 1000; ++key) map.insert(-key, key);
  CHECK(map.capacity() == left);
}

TEST_CASE("where there is no memory for a smaller table, the large one stays, and all is well",
          "[3.6][6.2]") {
  map_type map(waitmap::options{.capacity = 0, .shards = 1});
  map.insert(0, 7);
  std::size_t large = 0;
  while_many_wait(map, [&] {
    large = map.capacity();
    const support::failing one(support::step::nothrow_allocation, 0);
    CHECK(map.cancel_all() == many);
    CHECK(one.has_failed());
    CHECK(map.capacity() == large);
  });
  CHECK(map.waiting() == 0);
  CHECK(map.get(0) == 7);
  {
    const auto next = map.subscribe(1);
  }
  CHECK(map.capacity() < large / 8);
  CHECK(map.get(0) == 7);
}

}  // namespace given_back_memory_test
