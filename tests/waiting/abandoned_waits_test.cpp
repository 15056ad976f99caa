#include <cstddef>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"

namespace abandoned_waits_test {

using map_type = waitmap::wait_map<int, int>;

constexpr int million = 1'000'000;

// Room for a few tables of the smallest size, and nothing that depends on the number of waits.
constexpr std::ptrdiff_t few_bytes = 64 * 1024;

std::ptrdiff_t bytes() { return static_cast<std::ptrdiff_t>(support::allocated::bytes()); }

TEST_CASE("a million waits that come and go on a million keys leave no memory", "[3.6]") {
  map_type map;
  const auto before = bytes();
  support::noted<int> note;
  for (int key = 0; key < million; ++key) support::observe(map, key, note).destroy();
  CHECK(note.pending());
  CHECK(map.waiting() == 0);
  CHECK(bytes() - before < few_bytes);
}

TEST_CASE("a million waits that come and go on one key leave no memory", "[3.6]") {
  map_type map;
  support::noted<int> stays, goes;
  const auto before = bytes();
  const auto first = support::observe(map, 1, stays);
  const auto second = support::observe(map, 1, stays);
  for (int i = 0; i < million; ++i) support::observe(map, 1, goes).destroy();
  CHECK(goes.pending());
  CHECK(map.waiting() == 2);
  CHECK(bytes() - before < few_bytes);
}

TEST_CASE("a million stopped waits leave no memory", "[3.6][3.8]") {
  map_type map;
  int ended = 0;
  const auto before = bytes();
  for (int key = 0; key < million; ++key) {
    support::own_stop_source source;
    support::noted<int> note;
    const auto waiter = support::observe(map, key, note, source.get_token());
    source.request_stop();
    ended += note.got_nothing();
  }
  CHECK(ended == million);
  CHECK(map.waiting() == 0);
  CHECK(bytes() - before < few_bytes);
}

TEST_CASE("a million waits on one key that are abandoned together leave no memory", "[3.6]") {
  map_type map;
  support::noted<int> note;
  std::vector<support::owned> tasks;
  tasks.reserve(million);
  const auto before = bytes();
  for (int i = 0; i < million; ++i) tasks.push_back(support::observe(map, 1, note));
  CHECK(map.waiting() == million);
  for (auto& task : tasks) task.destroy();
  CHECK(map.waiting() == 0);
  CHECK(bytes() - before < few_bytes);
}

TEST_CASE("a million waits on a million keys that are abandoned together leave no memory",
          "[3.6]") {
  map_type map;
  support::noted<int> note;
  std::vector<support::owned> tasks;
  tasks.reserve(million);
  const auto before = bytes();
  for (int key = 0; key < million; ++key) tasks.push_back(support::observe(map, key, note));
  CHECK(map.waiting() == million);
  for (auto& task : tasks) task.destroy();
  CHECK(map.waiting() == 0);
  CHECK(bytes() - before < few_bytes);
}

}  // namespace abandoned_waits_test
