// 1.1: the hash of a key is computed once per operation.
#include <cstddef>
#include <optional>
#include <stop_token>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace hash_once_test {

int hashes = 0;
struct counting_hash {
  std::size_t operator()(int key) const noexcept {
    ++hashes;
    return static_cast<std::size_t>(key) * 31;
  }
};
using map_type = waitmap::wait_map<int, int, counting_hash>;

// The hashes that the function makes the map compute.
template <class Function>
int hashes_of(Function&& function) {
  hashes = 0;
  function();
  return hashes;
}

TEST_CASE("an operation on one key hashes it once", "[1.1]") {
  map_type map({.capacity = 100, .shards = 4});

  CHECK(hashes_of([&] { map.insert(1, 1); }) == 1);
  CHECK(hashes_of([&] { map.insert(1, 2); }) == 1);
  CHECK(hashes_of([&] { map.try_emplace(2, 2); }) == 1);
  CHECK(hashes_of([&] { map.insert_or_assign(2, 3); }) == 1);
  CHECK(hashes_of([&] { map.exchange(2, 4); }) == 1);
  CHECK(hashes_of([&] { map.update(3, [](auto& entry) { entry.emplace(1); }); }) == 1);
  CHECK(hashes_of([&] { (void)map.get(1); }) == 1);
  CHECK(hashes_of([&] { (void)map.contains(1); }) == 1);
  CHECK(hashes_of([&] { map.visit(1, [](const int&) {}); }) == 1);
  CHECK(hashes_of([&] { map.modify(1, [](int&) {}); }) == 1);
  CHECK(hashes_of([&] { map.erase(1); }) == 1);
  CHECK(hashes_of([&] { map.erase_if(2, [](const int&) { return false; }); }) == 1);
  CHECK(hashes_of([&] { map.extract(2); }) == 1);
  CHECK(hashes_of([&] { map.deliver(9, 1); }) == 1);
  CHECK(hashes_of([&] { map.cancel(9); }) == 1);
  CHECK(hashes_of([&] { (void)map.waiting(9); }) == 1);
}

TEST_CASE("a wait hashes its key once, however it ends", "[1.1]") {
  map_type map({.capacity = 100, .shards = 4});

  CHECK(hashes_of([&] {
          auto operation = map.wait(1);
          std::optional<std::optional<int>> result;
          support::await_into(operation, result);
          map.insert(1, 1);  // hashes once, too
          CHECK(result == std::optional(1));
        }) == 2);
  CHECK(hashes_of([&] {
          std::stop_source stop;
          auto operation = map.wait(2, stop.get_token());
          std::optional<std::optional<int>> result;
          support::await_into(operation, result);
          stop.request_stop();
          REQUIRE(result);
          CHECK_FALSE(*result);
        }) == 1);
}

TEST_CASE("operations on the whole map hash no key", "[1.1]") {
  map_type map({.capacity = 100, .shards = 4});
  for (int key = 0; key < 50; ++key) map.insert(key, key);

  CHECK(hashes_of([&] {
          CHECK(map.size() == 50);
          map.for_each([](const int&, const int&) {});
          map.modify_each([](const int&, int&) {});
          map.erase_if([](const int& key, const int&) { return key % 2 == 0; });
          map.cancel_all();
          map.clear();
        }) == 0);
}

}  // namespace hash_once_test
