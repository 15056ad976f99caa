#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"

namespace destructor_test {

TEST_CASE("the destructor ends all waits with nothing", "[4]") {
  std::optional<waitmap::wait_map<int, std::string>> map(std::in_place);
  support::own_stop_source source;
  std::vector<support::noted<std::string>> notes(5);
  std::vector<support::owned> tasks;
  for (auto& note : notes) tasks.push_back(support::observe(*map, 1, note));
  support::noted<std::string> taken, stoppable;
  const auto taker = support::take(*map, 2, taken);
  const auto stopped = support::observe(*map, 3, stoppable, source.get_token());
  map.reset();
  for (const auto& note : notes) CHECK(note.got_nothing());
  CHECK(taken.got_nothing());
  CHECK(stoppable.got_nothing());
  CHECK(source.callbacks() == 0);
}

TEST_CASE("waiters that an executor resumes when the map is gone do not touch it", "[4][3.3]") {
  support::manual_executor executor;
  auto map = std::make_unique<support::manual_map<int, std::string>>(executor.get_resumer());
  support::own_stop_source source;
  std::vector<support::noted<std::string>> notes(4);
  std::vector<support::owned> tasks;
  tasks.push_back(support::observe(*map, 1, notes[0]));
  tasks.push_back(support::take(*map, 1, notes[1], source.get_token()));
  tasks.push_back(support::observe(*map, 2, notes[2], source.get_token()));
  tasks.push_back(support::take(*map, 2, notes[3]));
  map.reset();
  CHECK(executor.queued() == 4);
  for (const auto& note : notes) CHECK(note.pending());
  source.request_stop();
  executor.run_all();
  for (const auto& note : notes) CHECK(note.got_nothing());
}

TEST_CASE("the destructor destroys each key and value once", "[4]") {
  using value = support::counted<>;
  value::reset();
  {
    waitmap::wait_map<int, value> map;
    for (int key = 0; key < 100; ++key) map.insert(key, value(key));
    CHECK(value::alive == 100);
  }
  CHECK(value::alive == 0);
}

struct inserts_when_destroyed;
using map_type = waitmap::wait_map<int, inserts_when_destroyed>;

// Its destructor calls the map, unless it was moved from.
struct inserts_when_destroyed {
  explicit inserts_when_destroyed(map_type* where) noexcept : map(where) {}
  inserts_when_destroyed(inserts_when_destroyed&& other) noexcept
      : map(std::exchange(other.map, nullptr)) {}
  inserts_when_destroyed& operator=(inserts_when_destroyed&&) = delete;
  ~inserts_when_destroyed();
  map_type* map;
  static inline std::vector<waitmap::insert_outcome> outcomes;
};

inserts_when_destroyed::~inserts_when_destroyed() {
  if (map != nullptr) outcomes.push_back(map->try_emplace(1, nullptr).outcome);
}

TEST_CASE("a value whose destructor calls the map that is being destroyed finds it closed",
          "[4][6.5]") {
  inserts_when_destroyed::outcomes.clear();
  {
    map_type map;
    map.try_emplace(1, &map);
    map.try_emplace(2, &map);
  }
  CHECK(inserts_when_destroyed::outcomes ==
        std::vector<waitmap::insert_outcome>(2, waitmap::insert_outcome::closed));
}

support::owned ask_until_closed(waitmap::wait_map<int, int>& map, int& ends) {
  for (int key = 0; key < 3; ++key) {
    auto value = co_await map.wait(key);
    ends += !value;
  }
}

TEST_CASE("a coroutine that waits again while the map is destroyed is not left behind", "[4]") {
  // With the default resumer the waiters run inside the destructor, before anything is freed.
  int ends = 0;
  std::optional<waitmap::wait_map<int, int>> map(std::in_place);
  const auto waiter = ask_until_closed(*map, ends);
  map.reset();
  CHECK(ends == 3);
  CHECK(waiter.done());
}

}  // namespace destructor_test
