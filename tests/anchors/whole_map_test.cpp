// There was no way to remove, take, count, list or clear, and integers could not be waited for.
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace whole_map_test {

TEST_CASE("values are removed, taken, counted, listed and cleared beside waiters", "[2]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> note;
  const auto waiter = support::observe(map, 0, note);
  for (int key = 1; key <= 4; ++key) map.insert(key, 10 * key);
  CHECK(map.size() == 4);
  CHECK(map.erase(1));
  CHECK(map.extract(2) == 20);
  int sum = 0;
  map.for_each([&](int key, int value) { sum += key + value; });
  CHECK(sum == 3 + 30 + 4 + 40);
  map.clear();
  CHECK(map.empty());
  CHECK(map.waiting(0) == 1);
  CHECK(note.pending());
}

struct counted_key {
  static inline int made = 0;
  explicit counted_key(int given) : number(given) { ++made; }
  counted_key(const counted_key& other) : number(other.number) { ++made; }
  counted_key(counted_key&& other) noexcept : number(other.number) { ++made; }
  friend bool operator==(const counted_key&, const counted_key&) = default;
  template <class State>
  friend State AbslHashValue(State state, const counted_key& hashed) {
    return State::combine(std::move(state), hashed.number);
  }
  int number;
};

support::owned wait_for(waitmap::wait_map<counted_key, int>& map, const counted_key& key,
                        int& got) {
  auto value = co_await map.wait(key);
  got = value.value_or(-1);
}

TEST_CASE("a wait on a present key makes no key", "[1.3]") {
  waitmap::wait_map<counted_key, int> map;
  const counted_key key(1);
  map.insert(key, 10);
  counted_key::made = 0;
  int got = 0;
  const auto waiter = wait_for(map, key, got);
  CHECK(got == 10);
  CHECK(counted_key::made == 0);
}

}  // namespace whole_map_test
