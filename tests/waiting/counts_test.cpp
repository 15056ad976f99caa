#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace counts_test {

TEST_CASE("waiting() counts the waiters of all keys and of one", "[3]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> note;
  CHECK(map.waiting() == 0);
  const auto one = support::observe(map, 1, note);
  const auto two = support::take(map, 1, note);
  auto three = support::observe(map, 2, note);
  CHECK(map.waiting() == 3);
  CHECK(map.waiting(1) == 2);
  CHECK(map.waiting(2) == 1);
  CHECK(map.waiting(3) == 0);
  three.destroy();
  CHECK(map.waiting() == 2);
  map.insert(1, 10);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a key that is only waited for is no value", "[1.4]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK(map.size() == 0);
  CHECK(map.empty());
  CHECK_FALSE(map.contains(1));
  CHECK_FALSE(map.get(1));
  CHECK_FALSE(map.erase(1));
  CHECK_FALSE(map.extract(1));
  CHECK_FALSE(map.visit(1, [](const int&) {}));
  CHECK_FALSE(map.modify(1, [](int&) {}));
  int seen = 0;
  map.for_each([&](const int&, const int&) { ++seen; });
  CHECK(seen == 0);
  CHECK(map.erase_if([](const int&, const int&) { return true; }) == 0);
  map.clear();
  CHECK(map.waiting(1) == 1);
  CHECK(note.pending());
}

}  // namespace counts_test
