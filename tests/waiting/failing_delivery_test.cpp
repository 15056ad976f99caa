#include <stdexcept>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/noted.hpp"

namespace failing_delivery_test {

using value = support::counted<>;
using careful_value = support::counted<support::moving::may_throw>;

support::owned visit(waitmap::wait_map<int, int>& map, int& got, bool throws) {
  const auto look = [throws](const int& arrived) {
    if (throws) throw std::runtime_error("does not like it");
    return arrived;
  };
  auto wait = map.wait_with(1, look);
  try {
    auto result = co_await wait;
    got = result.value_or(-1);
  } catch (const std::runtime_error&) {
    got = -2;
  }
}

TEMPLATE_TEST_CASE("a copy that throws fails that observer alone", "[3.9]", value, careful_value) {
  int failures = 0, runs = 0;
  for (int failing = 0; failing <= 5; ++failing) {  // the last one: none fails
    TestType::reset();
    {
      waitmap::wait_map<int, TestType> map;
      std::vector<support::noted<TestType>> notes(5);
      std::vector<support::owned> tasks;
      for (auto& note : notes) tasks.push_back(support::observe(map, 1, note));
      TestType::copies_before_throw = failing;
      const auto result = map.insert(1, TestType(10));
      // Once it has counted down it would throw for ever; each throw ends with the copy that
      // throws.
      TestType::copies_before_throw = -1;
      CHECK(result.outcome == waitmap::insert_outcome::inserted);
      CHECK(result.resumed == 5);
      CHECK(map.contains(1));
      for (int i = 0; i < 5; ++i) {
        const auto& note = notes[static_cast<std::size_t>(i)];
        CHECK(note.ends == 1);
        if (i < failing) CHECK(note.value->number() == 10);
        if (i >= failing) CHECK(note.failed());
        failures += note.failed();
      }
    }
    CHECK(TestType::alive == 0);
    ++runs;
  }
  CHECK(runs == 6);
  CHECK(failures == 5 + 4 + 3 + 2 + 1);
}

// Throws at one copy, not at those after it.
struct throws_at_third_copy {
  static inline int copies = 0;
  throws_at_third_copy() = default;
  throws_at_third_copy(const throws_at_third_copy&) {
    if (++copies == 3) throw std::runtime_error("the third");
  }
  throws_at_third_copy(throws_at_third_copy&&) noexcept {}
};

TEST_CASE("the observers behind one whose copy threw get their copies", "[3.9]") {
  waitmap::wait_map<int, throws_at_third_copy> map;
  throws_at_third_copy::copies = 0;
  std::vector<support::noted<throws_at_third_copy>> notes(5);
  support::noted<throws_at_third_copy> taken;
  std::vector<support::owned> tasks;
  for (auto& note : notes) tasks.push_back(support::observe(map, 1, note));
  const auto taker = support::take(map, 1, taken);
  CHECK(map.insert(1, throws_at_third_copy{}) ==
        waitmap::insert_result{waitmap::insert_outcome::handed_off, 6});
  for (std::size_t i = 0; i < 5; ++i) CHECK(notes[i].failed() == (i == 2));
  CHECK(taken.value.has_value());
}

TEST_CASE("a function of wait_with that throws fails that wait alone", "[3.9]") {
  waitmap::wait_map<int, int> map;
  int before = 0, throwing = 0, after = 0, present = 0;
  const auto one = visit(map, before, false);
  const auto two = visit(map, throwing, true);
  const auto three = visit(map, after, false);
  CHECK(map.insert(1, 10).resumed == 3);
  CHECK(before == 10);
  CHECK(throwing == -2);
  CHECK(after == 10);
  const auto four = visit(map, present, true);
  CHECK(present == -2);
  CHECK(map.get(1) == 10);
}

TEST_CASE("a copy that throws at a wait on a present key is rethrown from its co_await", "[3.9]") {
  value::reset();
  waitmap::wait_map<int, value> map;
  map.insert(1, value(10));
  value::copies_before_throw = 0;
  support::noted<value> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK(note.failed());
  CHECK(map.contains(1));
  CHECK(map.waiting() == 0);
  value::copies_before_throw = -1;
}

}  // namespace failing_delivery_test
