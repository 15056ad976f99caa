#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace exiting_thread_test {

using map_type = waitmap::wait_map<int, int>;

support::owned pass_on(map_type& map, int key, int& reached) {
  auto value = co_await map.wait(key);
  reached = key;
  map.insert(key + 1, value.value_or(-1));
}

struct inserts_at_exit {
  map_type* map = nullptr;
  ~inserts_at_exit() {
    if (map != nullptr) map->insert(1, 10);
  }
};

thread_local inserts_at_exit at_exit;

TEST_CASE("a thread that is exiting resumes as ever", "[5.3]") {
  map_type map;
  int first = 0, second = 0, third = 0;
  const auto a = pass_on(map, 1, first);
  const auto b = pass_on(map, 2, second);
  const auto c = pass_on(map, 3, third);

  SECTION("from the destructor of a thread_local that is older than its use of the map") {
    std::thread([&] {
      at_exit.map = &map;
      map.insert(100, 1);
    }).join();
  }
  SECTION("from the destructor of a thread_local that is younger") {
    std::thread([&] {
      map.insert(100, 1);
      at_exit.map = &map;
    }).join();
  }

  CHECK(first == 1);
  CHECK(second == 2);
  CHECK(third == 3);
  CHECK(map.get(4) == 10);
}

}  // namespace exiting_thread_test
