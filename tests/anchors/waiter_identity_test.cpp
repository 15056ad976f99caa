// Waiters were known by an index that outlived a cancel: a stale one overwrote the waker of another
// task, which then never woke though the value was there; and dropping a cancelled wait erased
// another waiter.
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/maps.hpp"
#include "support/noted.hpp"

namespace waiter_identity_test {

TEST_CASE("a cancelled coroutine that runs late does not disturb those who wait in its place",
          "[3.6]") {
  for (std::size_t count = 1; count <= 5; ++count) {
    support::manual_executor executor;
    support::manual_map<int, int> map(executor.get_resumer());
    std::vector<support::noted<int>> old(count), fresh(count);
    std::vector<support::owned> tasks;
    for (auto& note : old) tasks.push_back(support::observe(map, 1, note));
    CHECK(map.cancel(1) == count);
    for (auto& note : fresh) tasks.push_back(support::observe(map, 1, note));
    executor.run_all();  // the old ones run while the fresh ones wait where they did
    CHECK(map.insert(1, 10).resumed == count);
    executor.run_all();
    for (const auto& note : old) CHECK(note.got_nothing());
    for (const auto& note : fresh) CHECK(note.got(10));
  }
}

// Cancelled, it waits anew and then destroys the others that were cancelled with it.
template <class Map>
support::owned wait_anew_and_destroy(Map& map, std::vector<support::owned>& others,
                                     support::noted<int>& note) {
  auto cancelled = co_await map.wait(1);
  auto wait = map.wait(1);
  for (auto& other : others) other.destroy();
  auto value = co_await wait;
  note.value = value;
  note.ends += 1 + cancelled.has_value();
}

TEMPLATE_TEST_CASE("dropping a cancelled wait erases nobody else's", "[3.6]",
                   waitmap::default_policy, support::immediate_policy) {
  for (std::size_t count = 1; count <= 5; ++count) {
    support::map_with<TestType> map;
    support::noted<int> note, bystander, dropped;
    std::vector<support::owned> others;
    const auto one = wait_anew_and_destroy(map, others, note);
    for (std::size_t i = 0; i < count; ++i) others.push_back(support::observe(map, 1, dropped));
    CHECK(map.cancel(1) == 1 + count);
    CHECK(dropped.pending());
    CHECK(map.waiting(1) == 1);
    const auto two = support::observe(map, 1, bystander);
    CHECK(map.insert(1, 10).resumed == 2);
    CHECK(note.got(10));
    CHECK(bystander.got(10));
  }
}

TEST_CASE("a cancelled wait whose coroutine has run may be dropped while others wait", "[3.6]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> old, fresh;
  auto one = support::observe(map, 1, old);
  map.cancel(1);
  const auto two = support::observe(map, 1, fresh);
  one.destroy();
  CHECK(map.waiting(1) == 1);
  map.insert(1, 10);
  CHECK(fresh.got(10));
}

}  // namespace waiter_identity_test
