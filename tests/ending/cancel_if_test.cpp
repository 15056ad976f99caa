#include <algorithm>
#include <stdexcept>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace cancel_if_test {

using map_type = waitmap::wait_map<int, int>;

TEST_CASE("cancel_if ends the waits on the keys that its predicate chooses", "[4]") {
  map_type map;
  std::vector<support::noted<int>> notes(20);
  std::vector<support::owned> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(support::observe(map, i / 2, notes[std::size_t(i)]));
  CHECK(map.cancel_if([](int key) { return key % 2 == 0; }) == 10);
  int wrong = 0;
  for (int i = 0; i < 20; ++i) {
    const auto& note = notes[std::size_t(i)];
    wrong += i / 2 % 2 == 0 ? !note.got_nothing() : !note.pending();
  }
  CHECK(wrong == 0);
  CHECK(map.waiting() == 10);
}

TEST_CASE("cancel_if asks about keys that are waited for, once each, and about no value", "[4]") {
  map_type map;
  map.insert(1, 10);
  support::noted<int> note;
  const auto one = support::observe(map, 2, note);
  const auto two = support::observe(map, 2, note);
  const auto three = support::observe(map, 3, note);
  std::vector<int> asked;
  CHECK(map.cancel_if([&](int key) {
    asked.push_back(key);
    return false;
  }) == 0);
  std::sort(asked.begin(), asked.end());
  CHECK(asked == std::vector<int>{2, 3});
  CHECK(note.pending());
}

TEST_CASE("where a predicate of cancel_if throws, each wait is cancelled or still waiting",
          "[4][6.2]") {
  constexpr int keys = 50;
  for (const std::size_t shards : {std::size_t{1}, std::size_t{8}}) {
    map_type map(waitmap::options{.capacity = 0, .shards = shards});
    std::vector<support::noted<int>> notes(keys);
    std::vector<support::owned> tasks;
    for (int i = 0; i < keys; ++i) tasks.push_back(support::observe(map, i, notes[std::size_t(i)]));
    int asked = 0;
    const auto predicate = [&](int) {
      if (++asked == 21) throw std::runtime_error("had enough");
      return true;
    };
    CHECK_THROWS_AS(map.cancel_if(predicate), std::runtime_error);
    int cancelled = 0, pending = 0;
    for (const auto& note : notes) cancelled += note.got_nothing(), pending += note.pending();
    CHECK(cancelled == 20);
    CHECK(pending == keys - 20);
    CHECK(map.waiting() == keys - 20);
    CHECK(map.cancel_all() == keys - 20);
  }
}

}  // namespace cancel_if_test
