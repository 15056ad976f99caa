#include <algorithm>
#include <cstddef>
#include <exception>
#include <stdexcept>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/waiter.hpp"

namespace fail_all_test {

using map_type = waitmap::wait_map<int, int>;

struct out_of_tea {};
const auto an_error = [] { return std::make_exception_ptr(out_of_tea{}); };

TEST_CASE("fail_all makes all current waits rethrow the exception and stores nothing", "[4]") {
  map_type map;
  map.insert(0, 10);
  const auto claim = map.try_claim(6);
  support::waiter observer([&] { return map.wait(1); });
  support::waiter result([&] { return map.wait_result(1); });
  support::waiter taker([&] { return map.take(2); });
  support::waiter visitor([&] { return map.wait_with(3, [](int) {}); });
  support::waiter any([&] { return map.wait_any({4, 5}); });
  support::waiter all([&] { return map.wait_all({0, 4}); });
  support::waiter follower([&] { return map.claim_or_wait(6); });
  CHECK(map.fail_all(an_error()) == 7);
  CHECK(observer.failed_with<out_of_tea>());
  CHECK(result.failed_with<out_of_tea>());
  CHECK(taker.failed_with<out_of_tea>());
  CHECK(visitor.failed_with<out_of_tea>());
  CHECK(any.failed_with<out_of_tea>());
  REQUIRE(all.has_result());
  CHECK(all.result()[0].value() == 10);
  CHECK_THROWS_AS(all.result()[1].value(), out_of_tea);
  REQUIRE(follower.has_result());
  CHECK_THROWS_AS(follower.result().outcome.value(), out_of_tea);
  CHECK(map.waiting() == 0);
  CHECK(map.size() == 1);
  CHECK_FALSE(map.try_claim(6));
}

TEST_CASE("fail_all concerns no later wait", "[4]") {
  map_type map;
  CHECK(map.fail_all(an_error()) == 0);
  support::noted<int> note;
  const auto waiting = support::observe(map, 1, note);
  CHECK(note.pending());
  map.insert(1, 10);
  CHECK(note.got(10));
}

support::owned wait_again(map_type& map, int& failures) {
  for (;;) {
    try {
      auto value = co_await map.wait(1);
      if (value) co_return;
    } catch (const out_of_tea&) {
      ++failures;
    }
  }
}

TEST_CASE("fail_all ends a wait once, though its coroutine waits again", "[4]") {
  map_type map;
  int failures = 0;
  const auto waiting = wait_again(map, failures);
  CHECK(map.fail_all(an_error()) == 1);
  CHECK(failures == 1);
  CHECK(map.waiting(1) == 1);
}

TEST_CASE("fail_if fails the waits on the keys that its predicate chooses, and asks once each",
          "[4]") {
  map_type map;
  map.insert(100, 1);
  const auto claim = map.try_claim(200);
  std::vector<support::noted<int>> notes(20);
  std::vector<support::owned> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(support::observe(map, i / 2, notes[std::size_t(i)]));
  std::vector<int> asked;
  const auto is_even = [&](int key) {
    asked.push_back(key);
    return key % 2 == 0;
  };
  CHECK(map.fail_if(is_even, an_error()) == 10);
  std::sort(asked.begin(), asked.end());
  CHECK(asked == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  int wrong = 0;
  for (int i = 0; i < 20; ++i) {
    const auto& note = notes[std::size_t(i)];
    wrong += i / 2 % 2 == 0 ? !note.failed() : !note.pending();
  }
  CHECK(wrong == 0);
  CHECK(map.waiting() == 10);
}

TEST_CASE("where a predicate of fail_if throws, each wait has failed or is still waiting",
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
    CHECK_THROWS_AS(map.fail_if(predicate, an_error()), std::runtime_error);
    int failed = 0, pending = 0;
    for (const auto& note : notes) failed += note.failed(), pending += note.pending();
    CHECK(failed == 20);
    CHECK(pending == keys - 20);
    CHECK(map.waiting() == keys - 20);
    CHECK(map.fail_all(an_error()) == keys - 20);
  }
}

TEST_CASE("fail_all and fail_if without an exception are refused", "[4]") {
  map_type map;
  support::noted<int> note;
  const auto waiting = support::observe(map, 1, note);
  int asked = 0;
  CHECK_THROWS_AS(map.fail_all(nullptr), std::invalid_argument);
  CHECK_THROWS_AS(map.fail_if([&](int) { return ++asked != 0; }, nullptr), std::invalid_argument);
  CHECK(asked == 0);
  CHECK(note.pending());
  CHECK(map.waiting(1) == 1);
}

}  // namespace fail_all_test
