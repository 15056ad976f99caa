// 2.4: whole-map operations see each element that is not touched meanwhile exactly once.
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/race.hpp"

namespace each_element_once_test {

constexpr int untouched = 1000;

TEST_CASE("elements that are not touched are seen exactly once while others come and go",
          "[2.4][6.3]") {
  waitmap::wait_map<int, int> map(waitmap::options{.shards = 8});
  for (int key = 0; key < untouched; ++key) map.insert(key, key);

  std::atomic<bool> finished{false};
  std::atomic<int> came[2] = {0, 0};
  const auto come_and_go = [&](int which, int from) {
    return [&map, &finished, &came = came[which], from] {
      for (int i = 0; !finished.load(); i = (i + 1) % 5000, ++came) {
        map.insert(from + i, i);
        map.erase(from + i - 100);
      }
    };
  };
  int wrong = 0;
  int beside_others = 0;  // looks while others came
  const auto look = [&] {
    for (int round = 0; beside_others < 50; ++round) {
      const int before = came[0] + came[1];
      std::vector<int> seen(untouched, 0);
      const auto note = [&](const int& key, const int&) {
        if (key < untouched) ++seen[static_cast<std::size_t>(key)];
      };
      if (round % 2 == 0) {
        map.for_each(note);
      } else {
        map.modify_each(note);
      }
      for (const int times : seen) wrong += times != 1;
      if (came[0] + came[1] != before) {
        ++beside_others;
      } else {
        std::this_thread::yield();
      }
    }
    finished.store(true);
  };
  support::race(come_and_go(0, 10000), come_and_go(1, 20000), look);
  CHECK(wrong == 0);
}

}  // namespace each_element_once_test
