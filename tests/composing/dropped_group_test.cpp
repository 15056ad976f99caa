// A frame that is destroyed takes all its waits along.
#include <memory>
#include <optional>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/waiter.hpp"

namespace dropped_group_test {

using map_type = waitmap::wait_map<int, int>;

TEST_CASE("a suspended group that is destroyed waits for nothing any more", "[3.6]") {
  map_type map;
  {
    support::waiter all([&] { return map.wait_all({1, 2, 1}); });
    support::waiter any([&] { return map.wait_any({2, 3}); });
    support::waiter taking([&] { return map.take_any({3, 1}); });
    CHECK(map.waiting() == 7);
  }
  CHECK(map.waiting() == 0);
  CHECK(map.insert(1, 1).resumed == 0);
  CHECK(map.insert(3, 3).resumed == 0);
}

TEST_CASE("a wait_all that is destroyed half done gives back what it got", "[3.6]") {
  using number = support::counted<>;
  number::reset();
  {
    waitmap::wait_map<int, number> map;
    support::waiter all([&] { return map.wait_all({1, 2, 3}); });
    map.try_emplace(1, 10);
    map.try_emplace(3, 30);
    CHECK(number::alive == 4);
    all.destroy_coroutine();
    CHECK(number::alive == 2);
    CHECK(map.waiting() == 0);
  }
  CHECK(number::alive == 0);
}

TEST_CASE("an operation that is never awaited registers nothing", "[3.10]") {
  map_type map;
  auto all = map.wait_all({1, 2});
  auto any = map.wait_any({1, 2});
  auto taking = map.take_any({1, 2});
  CHECK(map.waiting() == 0);
  CHECK(map.capacity() == 0);
}

// Resumed by an insert, destroys the coroutines that the same insert has made ready.
template <class Victim>
support::owned destroy_when_ready(map_type& map, std::optional<Victim>& victim) {
  auto value = co_await map.wait(1);
  (void)value;
  victim.reset();
}

template <class Make>
void destroyed_by_sibling(Make make) {
  map_type map;
  const auto operation = [&map, make] { return make(map); };
  using victim_type = support::waiter<decltype(operation)>;
  std::optional<victim_type> before, after;
  const auto killer = [&] {
    before.emplace(operation);
    return destroy_when_ready(map, after);
  }();
  after.emplace(operation);
  map.insert(1, 1);
  CHECK(before->has_result());
  CHECK_FALSE(after);
  CHECK(map.waiting() == 0);
  CHECK(map.insert(2, 2).resumed == 0);
}

TEST_CASE("a group that is ready to resume may be destroyed by a sibling", "[3.6]") {
  destroyed_by_sibling([](map_type& map) { return map.wait_any({1, 2}); });
  destroyed_by_sibling([](map_type& map) { return map.wait_any({2, 1, 1}); });
  destroyed_by_sibling([](map_type& map) { return map.wait_all({1, 1}); });
}

TEST_CASE("groups that are ready in one closing map may be destroyed by a sibling", "[3.6][4]") {
  map_type map;
  const auto any = [&] { return map.wait_any({1, 2, 3, 4, 5}); };
  const auto all = [&] { return map.wait_all({5, 4, 3, 2, 1}); };
  std::optional<support::waiter<decltype(any)>> anys[4];
  std::optional<support::waiter<decltype(all)>> alls[4];
  const auto killer = [](map_type& in, auto& first, auto& second) -> support::owned {
    auto value = co_await in.wait(6);
    (void)value;
    for (auto& each : first) each.reset();
    for (auto& each : second) each.reset();
  }(map, anys, alls);
  for (auto& each : anys) each.emplace(any);
  for (auto& each : alls) each.emplace(all);
  CHECK(map.close() == 1 + 4 + 4 * 5);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a wait_any may destroy its own map", "[3.3]") {
  std::optional<map_type> map(std::in_place);
  bool ended = false;
  const auto waiter = [](std::optional<map_type>& own, bool& done) -> support::owned {
    auto operation = own->wait_any({1, 2});
    auto first = co_await operation;
    own.reset();
    done = first.index == 1;
  }(map, ended);
  map->insert(2, 20);
  CHECK(ended);
}

}  // namespace dropped_group_test
