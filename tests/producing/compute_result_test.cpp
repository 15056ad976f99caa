// What get_or_compute returns: awaited, it costs a coroutine only where the value is not there; and it can
// say where the value comes from.
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "producing/compute.hpp"
#include "support/catch.hpp"
#include "support/last_words.hpp"
#include "support/spawn.hpp"

namespace compute_result_test {

using waitmap::value_source;

// --- where it comes from

TEST_CASE("get_or_compute_result says where the value comes from", "[4.2]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute_result(map, 1, shop.factory()); };
  support::waiter leader(ask), follower(ask);
  shop.finish(7);
  support::waiter late(ask);
  REQUIRE((leader.has_result() && follower.has_result() && late.has_result()));
  CHECK(leader.result().source == value_source::computed);
  CHECK(follower.result().source == value_source::joined);
  CHECK(late.result().source == value_source::hit);
  for (auto* each : {&leader, &follower, &late}) CHECK(each->result().value == 7);
  CHECK(shop.calls == 1);
}

TEST_CASE("who computes and is overtaken has joined somebody else's value", "[4.2][4.1]") {
  map_type map;
  workshop shop;
  support::waiter leader([&] { return waitmap::get_or_compute_result(map, 1, shop.factory()); });
  map.insert(1, 6);
  shop.finish(7);
  REQUIRE(leader.has_result());
  CHECK(leader.result().value == 6);
  CHECK(leader.result().source == value_source::joined);
}

TEST_CASE("who takes on the computation of another has computed", "[4.2][3.12]") {
  map_type map;
  workshop first, second;
  support::waiter leader([&] { return waitmap::get_or_compute_result(map, 1, first.factory()); });
  support::waiter next([&] { return waitmap::get_or_compute_result(map, 1, second.factory()); });
  leader.destroy_coroutine();
  second.finish(7);
  REQUIRE(next.has_result());
  CHECK(next.result().source == value_source::computed);
}

TEST_CASE("what an invalidated caller computes is computed", "[4.2][2.7]") {
  map_type map;
  workshop shop;
  support::waiter leader([&] { return waitmap::get_or_compute_result(map, 1, shop.factory()); });
  const bool another_came = GENERATE(false, true);
  map.invalidate(1);
  if (another_came) map.insert(1, 6);
  shop.finish(7);
  REQUIRE(leader.has_result());
  CHECK(leader.result().value == 7);
  CHECK(leader.result().source == value_source::computed);
}

TEST_CASE("get_or_compute_result fails as get_or_compute does", "[4.2]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute_result(map, 1, shop.factory()); };
  support::waiter leader(ask), follower(ask);
  shop.finish(0);
  CHECK(leader.failed_with<unlucky>());
  CHECK(follower.failed_with<unlucky>());
}

TEST_CASE("get_or_compute_result converts to a coroutine for the value and its source", "[4.2]") {
  map_type map;
  workshop shop;
  lazy<waitmap::computed_value<int>> task = waitmap::get_or_compute_result(map, 1, shop.factory());
  support::waiter caller([&] { return std::move(task); });
  shop.finish(7);
  REQUIRE(caller.has_result());
  CHECK(caller.result().value == 7);
}

// --- what it costs

// Of a lazy whose frames are counted.
struct counted_frames {
  static inline int made = 0;
  static inline int alive = 0;

  static void* operator new(std::size_t size) {
    ++made, ++alive;
    return ::operator new(size);
  }
  static void operator delete(void* frame, std::size_t) {
    --alive;
    ::operator delete(frame);
  }
};

template <class T>
using counting_task = lazy<T, counted_frames>;

TEST_CASE("a value that is there costs no coroutine", "[4.2]") {
  map_type map;
  int calls = 0;
  const auto factory = [&calls]() -> counting_task<int> {
    ++calls;
    co_return 7;
  };
  counted_frames::made = 0;
  support::waiter missed([&] { return waitmap::get_or_compute(map, 1, factory); });
  CHECK(counted_frames::made == 2);  // the coroutine and the factory's
  counted_frames::made = 0;
  support::waiter hit([&] { return waitmap::get_or_compute(map, 1, factory); });
  support::waiter sourced([&] { return waitmap::get_or_compute_result(map, 1, factory); });
  CHECK(counted_frames::made == 0);
  REQUIRE((missed.has_result() && hit.has_result() && sourced.has_result()));
  CHECK(hit.result() == 7);
  CHECK(calls == 1);
  missed.destroy_coroutine();
  CHECK(counted_frames::alive == 0);
}

TEST_CASE("the value is looked for when it is awaited", "[4.2][3.10]") {
  map_type map;
  workshop shop;
  auto asked = waitmap::get_or_compute(map, 1, shop.factory());
  map.insert(1, 7);
  support::waiter caller([&] { return std::move(asked); });
  REQUIRE(caller.has_result());
  CHECK(caller.result() == 7);
  CHECK(shop.calls == 0);
}

// --- how it is used

TEST_CASE("it can be moved before it is awaited", "[4.2][3.13]") {
  waitmap::wait_map<std::string, int> map;
  const std::string key(50, 'k');
  auto factory = []() -> lazy<int> { co_return 7; };
  auto first = waitmap::get_or_compute(map, key, factory);
  auto second = std::move(first);
  support::waiter caller([&] { return std::move(second); });
  REQUIRE(caller.has_result());
  CHECK(caller.result() == 7);
  CHECK(map.get(key) == 7);
}

TEST_CASE("it can be awaited as a temporary and by name", "[4.2]") {
  map_type map;
  int sum = 0;
  const auto both = [](map_type& from, int& total) -> support::detached {
    auto factory = []() -> lazy<int> { co_return 7; };
    auto named = waitmap::get_or_compute(from, 1, factory);
    total += co_await named;
    total += co_await waitmap::get_or_compute(from, 2, factory);
  };
  both(map, sum);
  CHECK(sum == 14);
}

support::detached await_twice(map_type& map) {
  auto factory = []() -> lazy<int> { co_return 7; };
  auto computing = waitmap::get_or_compute(map, 1, factory);
  int sum = co_await computing;
  map.erase(1);
  sum += co_await computing;
  static_cast<void>(sum);
}
support::detached await_moved_from(map_type& map) {
  auto factory = []() -> lazy<int> { co_return 7; };
  auto computing = waitmap::get_or_compute(map, 1, factory);
  auto moved = std::move(computing);
  map.insert(1, 7);
  const int value = co_await computing;
  static_cast<void>(value);
}

TEST_CASE("awaiting it twice, or after it was moved from, ends the program", "[4.2]") {
  map_type map;
  const auto twice = support::last_words([&] { await_twice(map); });
  CHECK(twice.find("was awaited a second time, or after it was moved from") != std::string::npos);
  const auto moved = support::last_words([&] { await_moved_from(map); });
  CHECK(moved.find("was awaited a second time, or after it was moved from") != std::string::npos);
}

// A family whose promise sees to what is awaited: it is given the coroutine itself.
struct transforming {
  template <class Awaited>
  Awaited&& await_transform(Awaited&& awaited) noexcept {
    return std::forward<Awaited>(awaited);
  }
};
template <class T>
using transforming_task = lazy<T, transforming>;

TEST_CASE("a task type that transforms what it awaits gets the coroutine", "[4.2]") {
  map_type map;
  auto factory = []() -> transforming_task<int> { co_return 7; };
  auto computing = waitmap::get_or_compute(map, 1, factory);
  STATIC_REQUIRE(std::is_same_v<decltype(computing), transforming_task<int>>);
  auto sourced = waitmap::get_or_compute_result(map, 2, factory);
  STATIC_REQUIRE(
      std::is_same_v<decltype(sourced), transforming_task<waitmap::computed_value<int>>>);
  support::waiter caller([&] { return std::move(computing); });
  REQUIRE(caller.has_result());
  CHECK(caller.result() == 7);
  support::waiter other([&] { return std::move(sourced); });
  REQUIRE(other.has_result());
  CHECK(other.result().source == value_source::computed);
  auto again = waitmap::get_or_compute_result(map, 2, factory);
  support::waiter late([&] { return std::move(again); });
  CHECK(late.result().source == value_source::hit);
}

}  // namespace compute_result_test
