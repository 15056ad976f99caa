// 6.1, 6.3: every function may be called from any thread; operations on one key are linearisable.
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/race.hpp"

namespace concurrent_test {

using map_type = waitmap::wait_map<int, int>;
constexpr int keys = 5000;

TEST_CASE("threads insert distinct keys and all are there", "[6.1]") {
  map_type map(waitmap::options{.shards = 4});
  const auto insert_from = [&](int from) {
    return [&map, from] {
      for (int key = from; key < from + keys; ++key) map.insert(key, -key);
    };
  };
  support::race(insert_from(0), insert_from(keys), insert_from(2 * keys), insert_from(3 * keys));
  CHECK(map.size() == 4 * keys);
  int wrong = 0;
  for (int key = 0; key < 4 * keys; ++key) wrong += map.get(key) != -key;
  CHECK(wrong == 0);
}

TEST_CASE("of threads that insert the same keys one wins each", "[6.1][6.3]") {
  map_type map(waitmap::options{.shards = 4});
  std::array<std::vector<int>, 3> won;
  const auto insert_as = [&](int thread) {
    return [&map, thread, &own = won[static_cast<std::size_t>(thread)]] {
      for (int key = 0; key < keys; ++key) {
        if (map.insert(key, thread)) own.push_back(key);
      }
    };
  };
  support::race(insert_as(0), insert_as(1), insert_as(2));
  CHECK(won[0].size() + won[1].size() + won[2].size() == keys);
  int wrong = 0;
  for (int thread = 0; thread < 3; ++thread) {
    for (const int key : won[static_cast<std::size_t>(thread)]) wrong += map.get(key) != thread;
  }
  CHECK(wrong == 0);
}

TEST_CASE("of threads that extract the same keys one gets each", "[6.1][6.3]") {
  map_type map(waitmap::options{.shards = 4});
  for (int key = 0; key < keys; ++key) map.insert(key, 1);
  std::array<int, 3> got{};
  const auto extract_as = [&](std::size_t thread) {
    return [&map, &own = got[thread]] {
      for (int key = 0; key < keys; ++key) own += map.extract(key).value_or(0);
    };
  };
  support::race(extract_as(0), extract_as(1), extract_as(2));
  CHECK(got[0] + got[1] + got[2] == keys);
  CHECK(map.empty());
}

TEST_CASE("no increment by modify or update is lost", "[6.1][6.3]") {
  constexpr int increments = 50000;
  map_type map;
  const auto modify = [&] {
    for (int i = 0; i < increments; ++i) {
      map.try_emplace(1, 0);
      map.modify(1, [](int& value) { ++value; });
    }
  };
  const auto update = [&] {
    for (int i = 0; i < increments; ++i) {
      map.update(1, [](auto& entry) { entry.assign(entry ? *entry + 1 : 1); });
    }
  };
  support::race(modify, update, modify);
  CHECK(map.get(1) == 3 * increments);
}

TEST_CASE("a value handed around by exchange is never lost or doubled", "[6.1][6.3]") {
  map_type map;
  map.insert(1, 0);
  std::array<long, 3> returned{};
  const auto exchange_as = [&](std::size_t thread) {
    return [&map, thread, &own = returned[thread]] {
      for (int i = 1; i <= keys; ++i) own += *map.exchange(1, i * static_cast<int>(thread + 1));
    };
  };
  support::race(exchange_as(0), exchange_as(1), exchange_as(2));
  const long last = *map.get(1);
  const long all = long{keys} * (keys + 1) / 2 * (1 + 2 + 3);
  CHECK(returned[0] + returned[1] + returned[2] + last == all);
}

TEST_CASE("readers see whole values while writers replace them", "[6.1][6.3]") {
  waitmap::wait_map<std::string, std::string> map;
  map.insert("key", std::string(100, 'a'));
  const auto write = [&](char letter) {
    return [&map, letter] {
      for (int i = 0; i < keys; ++i) map.insert_or_assign("key", std::string(100, letter));
    };
  };
  int torn = 0;
  const auto read = [&] {
    for (int i = 0; i < keys; ++i) {
      const std::string seen = map.get("key").value_or("");
      torn += seen != std::string(100, seen.at(0));
    }
  };
  support::race(write('b'), write('c'), read);
  CHECK(torn == 0);
}

TEST_CASE("whole-map operations run beside all others", "[6.1]") {
  map_type map(waitmap::options{.shards = 4});
  const auto single = [&] {
    for (int i = 0; i < keys; ++i) {
      map.insert(i % 100, i);
      map.modify(i % 97, [](int& value) { ++value; });
      map.erase(i % 89);
    }
  };
  const auto whole = [&] {
    for (int i = 0; i < keys / 50; ++i) {
      map.modify_each([](const int&, int& value) { ++value; });
      map.erase_if([](const int& key, const int&) { return key % 2 == 0; });
      (void)map.size();
      (void)map.capacity();
      map.reserve(200);
      map.shrink_to_fit();
      map.clear();
    }
  };
  support::race(single, single, whole);
  std::size_t seen = 0;
  map.for_each([&](const int& key, const int&) { seen += key >= 0 && key < 100; });
  CHECK(map.size() == seen);
  map.shrink_to_fit();
  std::size_t there = 0;
  for (int key = 0; key < 100; ++key) there += map.contains(key);
  CHECK(there == seen);
  map.clear();
  CHECK(map.empty());
}

TEST_CASE("after close has returned no insert is accepted", "[6.1][6.3]") {
  for (int round = 0; round < 100; ++round) {
    map_type map(waitmap::options{.shards = 2});
    int accepted = 0;
    const auto insert = [&] {
      for (int key = 0; key < 100; ++key) accepted += map.insert(key, key) ? 1 : 0;
    };
    bool accepted_late = false;
    const auto close = [&] {
      map.close();
      accepted_late = static_cast<bool>(map.insert(1000, 1));
    };
    support::race(insert, close);
    CHECK_FALSE(accepted_late);
    CHECK(map.size() == static_cast<std::size_t>(accepted));
    CHECK(map.closed());
  }
}

}  // namespace concurrent_test
