#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace order_test {

using map_type = waitmap::wait_map<int, int>;

enum class kind { observer, taker };

support::owned wait_as(kind which, map_type& map, int number, std::vector<int>& resumed) {
  if (which == kind::observer) {
    auto value = co_await map.wait(1);
    if (value) resumed.push_back(number);
  } else {
    auto value = co_await map.take(1);
    if (value) resumed.push_back(number);
  }
}

// Every mixture of up to six observers and takers, of whom every subset gives up.
TEST_CASE("observers and the oldest taker are resumed in the order in which they began to wait",
          "[3.4][3.5][3.6]") {
  int mixtures = 0, wrong = 0;
  for (unsigned count = 1; count <= 6; ++count) {
    for (unsigned takers = 0; takers < 1u << count; ++takers) {
      for (unsigned dropped = 0; dropped < 1u << count; ++dropped) {
        map_type map;
        std::vector<int> resumed, expected;
        std::vector<support::owned> tasks;
        for (unsigned i = 0; i < count; ++i) {
          const kind which = (takers >> i & 1) != 0 ? kind::taker : kind::observer;
          tasks.push_back(wait_as(which, map, static_cast<int>(i), resumed));
        }
        bool taken = false;
        std::size_t left = 0;
        for (unsigned i = 0; i < count; ++i) {
          if ((dropped >> i & 1) != 0) {
            tasks[i].destroy();
          } else if ((takers >> i & 1) == 0) {
            expected.push_back(static_cast<int>(i));
          } else if (!taken) {
            expected.push_back(static_cast<int>(i));
            taken = true;
          } else {
            ++left;
          }
        }
        const auto inserted = map.insert(1, 10);
        const auto outcome =
            taken ? waitmap::insert_outcome::handed_off : waitmap::insert_outcome::inserted;
        wrong += inserted.outcome != outcome || inserted.resumed != expected.size() ||
                 resumed != expected || map.waiting(1) != left || map.contains(1) == taken;
        ++mixtures;
      }
    }
  }
  CHECK(mixtures == 4 + 16 + 64 + 256 + 1024 + 4096);
  CHECK(wrong == 0);
}

TEST_CASE("the order survives waiters who leave between those who come", "[3.4]") {
  map_type map;
  std::vector<int> resumed, expected;
  std::vector<support::owned> tasks;
  for (int i = 0; i < 1000; ++i) {
    tasks.push_back(wait_as(kind::observer, map, i, resumed));
    if (i % 3 == 0) tasks[static_cast<std::size_t>(i / 2)].destroy();
  }
  for (int i = 0; i < 1000; ++i) {
    bool dropped = false;
    for (int by = 0; by < 1000; by += 3) dropped = dropped || by / 2 == i;
    if (!dropped) expected.push_back(i);
  }
  CHECK(map.insert(1, 10).resumed == expected.size());
  CHECK(resumed == expected);
}

}  // namespace order_test
