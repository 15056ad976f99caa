// 2.5: debug builds detect a call of the map from a callable that runs under its lock, and say so.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/last_words.hpp"

namespace reentrancy_test {

using map_type = waitmap::wait_map<int, int>;

// A function run under the lock may use other maps, and the map may be used again afterwards.
TEST_CASE("a callable may call another map", "[2.5]") {
  map_type map;
  map_type other;
  map.insert(1, 10);
  map.visit(1, [&](const int& value) { CHECK(other.insert(2, value)); });
  map.update(2, [&](auto& entry) { entry.emplace(other.get(2).value_or(0)); });
  CHECK(map.get(2) == 10);
  CHECK_THROWS(map.visit(1, [](const int&) { throw 1; }));
  CHECK(map.get(1) == 10);
}

TEST_CASE("a resumed coroutine may call the map", "[2.5][5.1]") {
  map_type map;
  const auto continues = [](map_type& own, std::optional<int>& seen) -> support::detached {
    auto value = co_await own.wait(1);
    own.insert(2, value.value() + 1);
    seen = own.get(2);
  };
  std::optional<int> seen;
  continues(map, seen);
  map.insert(1, 10);
  CHECK(seen == 11);
}

#ifndef NDEBUG

constexpr const char* complaint =
    "wait_map: the map was called from a function that runs under its lock";

// Whether the function ends the program with the complaint. One shard: without the check it would deadlock.
template <class Function>
bool is_caught(Function&& calls_under_lock) {
  const std::string words = support::last_words([&] {
    map_type map(waitmap::options{.shards = 1});
    map.insert(1, 10);
    calls_under_lock(map);
  });
  INFO(words);
  const bool complains = words.find(complaint) != std::string::npos;
  CHECK(complains);
  return complains;
}

TEST_CASE("every function that runs a callable under its lock notices a call from it", "[2.5]") {
  CHECK(is_caught([](map_type& map) { map.visit(1, [&](const int&) { (void)map.get(2); }); }));
  CHECK(is_caught([](map_type& map) {
    map.visit_all({1}, [&](std::size_t, const int&) { (void)map.get(2); });
  }));
  CHECK(is_caught([](map_type& map) {
    map.reserve(100'000);  // a large map looks ahead
    map.visit_all({2, 1}, [&](std::size_t, const int&) { (void)map.get(2); });
  }));
  CHECK(is_caught([](map_type& map) { map.modify(1, [&](int&) { (void)map.get(2); }); }));
  CHECK(is_caught([](map_type& map) { map.update(1, [&](auto&) { (void)map.get(2); }); }));
  CHECK(is_caught(
      [](map_type& map) { map.erase_if(1, [&](const int&) { return map.contains(2); }); }));
  CHECK(is_caught([](map_type& map) {
    map.erase_if([&](const int&, const int&) { return map.contains(2); });
  }));
  CHECK(is_caught(
      [](map_type& map) { map.for_each([&](const int&, const int&) { (void)map.get(2); }); }));
  CHECK(is_caught(
      [](map_type& map) { map.modify_each([&](const int&, int&) { (void)map.get(2); }); }));
  CHECK(is_caught([](map_type& map) {
    auto operation = map.wait_with(1, [&](const int&) { return map.contains(2); });
    std::optional<std::optional<bool>> result;
    support::await_into(operation, result);
  }));
  CHECK(is_caught([](map_type& map) {
    auto operation = map.wait_with(2, [&](const int&) { return map.contains(2); });
    std::optional<std::optional<bool>> result;
    support::await_into(operation, result);
    map.insert(2, 20);
  }));
  CHECK(is_caught([](map_type& map) {
    auto operation = map.wait(2);
    std::optional<std::optional<int>> result;
    support::await_into(operation, result);
    map.cancel_if([&](const int&) { return map.contains(2); });
  }));
}

TEST_CASE("every function notices that it is called under the lock", "[2.5]") {
  const auto from_visit = [](auto&& call) {
    return is_caught([&](map_type& map) { map.visit(1, [&](const int&) { call(map); }); });
  };
  CHECK(from_visit([](map_type& map) { map.visit(2, [](const int&) {}); }));
  CHECK(from_visit([](map_type& map) { map.visit_all({2}, [](std::size_t, int) {}); }));
  CHECK(from_visit([](map_type& map) { (void)map.get_all({2}); }));
  CHECK(from_visit([](map_type& map) { map.modify(2, [](int&) {}); }));
  CHECK(from_visit([](map_type& map) { (void)map.size(); }));
  CHECK(from_visit([](map_type& map) { (void)map.empty(); }));
  CHECK(from_visit([](map_type& map) { (void)map.waiting(); }));
  CHECK(from_visit([](map_type& map) { (void)map.closed(); }));
  CHECK(from_visit([](map_type& map) { map.insert(2, 2); }));
  CHECK(from_visit([](map_type& map) { map.insert_or_assign(2, 2); }));
  CHECK(from_visit([](map_type& map) { map.exchange(2, 2); }));
  CHECK(from_visit([](map_type& map) { map.update(2, [](auto&) {}); }));
  CHECK(from_visit([](map_type& map) { map.erase(2); }));
  CHECK(from_visit([](map_type& map) { map.extract(2); }));
  CHECK(from_visit([](map_type& map) { map.for_each([](const int&, const int&) {}); }));
  CHECK(from_visit([](map_type& map) { map.clear(); }));
  CHECK(from_visit([](map_type& map) { map.reserve(100); }));
  CHECK(from_visit([](map_type& map) { map.deliver(2, 2); }));
  CHECK(from_visit([](map_type& map) { map.cancel(2); }));
  CHECK(from_visit([](map_type& map) { map.cancel_all(); }));
  CHECK(from_visit([](map_type& map) { map.close(); }));
  CHECK(from_visit([](map_type& map) {
    auto operation = map.wait(2);
    std::optional<std::optional<int>> result;
    support::await_into(operation, result);
  }));
}

// A value whose copy calls the map that it is in.
struct calling {
  using map_type = waitmap::wait_map<int, calling>;
  calling(map_type& called) : map(&called) {}  // NOLINT(google-explicit-constructor)
  calling(const calling& other) : map(other.map) { (void)map->contains(2); }
  calling(calling&&) = default;
  map_type* map;
};

TEST_CASE("a copy constructor that calls its map is noticed", "[2.5]") {
  const std::string words = support::last_words([] {
    calling::map_type map(waitmap::options{.shards = 1});
    map.try_emplace(1, map);
    (void)map.get(1);
  });
  CHECK(words.find(complaint) != std::string::npos);
}

// An equality that calls the map whose keys it compares.
struct calling_equal {
  using map_type = waitmap::wait_map<int, int, waitmap::default_hash<int>, calling_equal>;
  bool operator()(int left, int right) const { return called->contains(3) || left == right; }
  static inline map_type* called = nullptr;
};

TEST_CASE("an equality that calls its map is noticed", "[2.5]") {
  const std::string words = support::last_words([] {
    calling_equal::map_type map(waitmap::options{.shards = 1});
    map.insert(1, 10);
    calling_equal::called = &map;
    (void)map.get(1);
  });
  CHECK(words.find(complaint) != std::string::npos);
}

TEST_CASE("a call from an update that nests in another map's callable is noticed", "[2.5]") {
  CHECK(is_caught([](map_type& map) {
    map_type other;
    map.visit(1, [&](const int&) { other.update(1, [&](auto&) { (void)map.get(1); }); });
  }));
}

TEST_CASE("a destructor of the map under its own lock is noticed", "[2.5]") {
  const std::string words = support::last_words([] {
    auto map = std::make_unique<map_type>();
    map->insert(1, 1);
    map->visit(1, [&](const int&) { map.reset(); });
  });
  CHECK(words.find(complaint) != std::string::npos);
}

#endif

}  // namespace reentrancy_test
