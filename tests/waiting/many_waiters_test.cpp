#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace many_waiters_test {

using map_type = waitmap::wait_map<int, int>;

constexpr std::size_t count = 100'000;

support::owned wait_and_record(map_type& map, std::size_t number, std::vector<std::size_t>& order) {
  auto value = co_await map.wait(1);
  if (value) order.push_back(number);
}

TEST_CASE("a hundred thousand waiters of one key are resumed in order", "[3.4]") {
  map_type map;
  std::vector<std::size_t> order;
  order.reserve(count);
  std::vector<support::owned> tasks;
  for (std::size_t i = 0; i < count; ++i) tasks.push_back(wait_and_record(map, i, order));
  CHECK(map.waiting(1) == count);
  CHECK(map.insert(1, 10).resumed == count);
  REQUIRE(order.size() == count);
  std::size_t misplaced = 0;
  for (std::size_t i = 0; i < count; ++i) misplaced += order[i] != i;
  CHECK(misplaced == 0);
}

TEST_CASE("a hundred thousand takers of one key get a value each", "[3.5]") {
  map_type map;
  std::vector<support::noted<int>> notes(count);
  std::vector<support::owned> tasks;
  for (auto& note : notes) tasks.push_back(support::take(map, 1, note));
  constexpr int some = 100;
  for (int i = 0; i < some; ++i) map.insert(1, i);
  CHECK(map.waiting(1) == count - some);
  int wrong = 0;
  for (int i = 0; i < some; ++i) wrong += !notes[static_cast<std::size_t>(i)].got(i);
  CHECK(wrong == 0);
  CHECK(map.cancel(1) == count - some);
  std::size_t cancelled = 0;
  for (const auto& note : notes) cancelled += note.got_nothing();
  CHECK(cancelled == count - some);
}

}  // namespace many_waiters_test
