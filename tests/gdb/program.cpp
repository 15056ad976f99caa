// Maps with everything that a debugger may find in them. check.py looks at them where look() is called, and knows the
// lines of the waits by the words behind "at:".
#include <array>
#include <coroutine>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/spawn.hpp"

namespace {

using task = support::detached;

// What a table keeps in a box, since its move may throw.
struct fragile {
  int number;

  explicit fragile(int of) : number(of) {}
  fragile(const fragile&) = default;
  fragile(fragile&& other) noexcept(false) : number(other.number) {}
  friend bool operator==(const fragile&, const fragile&) = default;
  template <class State>
  friend State AbslHashValue(State state, const fragile& each) {
    return State::combine(std::move(state), each.number);
  }
};

using names_map = waitmap::wait_map<std::string, int>;
using jobs_map = waitmap::wait_map<int, int>;
using fragile_map =
    waitmap::wait_map<fragile, fragile, waitmap::default_hash<fragile>,
                      waitmap::default_equal<fragile>, waitmap::single_threaded_policy>;

template <class Map, class Key>
task observe(Map& map, Key key) {
  auto value = co_await map.wait(key);  // at: observe
  (void)value;
}
task take(jobs_map& map, int key) {
  auto value = co_await map.take(key);  // at: take
  (void)value;
}
task visit(jobs_map& map, int key) {
  auto value = co_await map.wait_with(key, [](int number) { return 2 * number; });  // at: visit
  (void)value;
}
task follow(jobs_map& map, int key) {
  auto found = co_await map.claim_or_wait(key);  // at: follow
  (void)found;
}
task any_of(jobs_map& map, std::array<int, 2> keys) {
  auto first = co_await map.wait_any(keys);  // at: any
  (void)first;
}

// A map whose constructor has not run.
union unborn_map {
  char nothing = 0;
  jobs_map map;

  unborn_map() {}
  ~unborn_map() {}
};

struct maps {
  names_map names;
  jobs_map jobs{waitmap::options{.shards = 2}};
  waitmap::wait_map<int, std::int64_t> grown{waitmap::options{.shards = 1}};
  jobs_map one_value{waitmap::options{.shards = 1}};
  jobs_map one_waiter{waitmap::options{.shards = 1}};
  jobs_map erased{waitmap::options{.shards = 1}};
  jobs_map empty;
  fragile_map boxes;
  unborn_map unborn;
};

// Not inlined, so that there is a place to stop at where the argument is there too.
[[gnu::noinline]] void look(const maps& all) { std::printf("%zu\n", all.names.size()); }

}  // namespace

jobs_map global;

int main() {
  maps all;
  all.names.insert("Rosa Luxemburg", 1871);
  all.names.insert("Voltairine de Cleyre", 1866);
  observe(all.names, std::string("Emma Goldman"));
  observe(all.names, std::string("Emma Goldman"));
  auto early = all.names.subscribe("Louise Michel");  // at: subscribe
  global.insert(1, 10);

  // Each kind of waiter.
  observe(all.jobs, 1);
  take(all.jobs, 2);
  visit(all.jobs, 3);
  auto claim = all.jobs.try_claim(4);  // at: claim
  follow(all.jobs, 4);
  observe(all.jobs, 4);
  observe(all.jobs, 4);
  any_of(all.jobs, {5, 6});
  std::thread blocked([&all] { (void)all.jobs.blocking_wait(7); });  // at: thread
  while (all.jobs.waiting() != 9) std::this_thread::yield();
  auto alone = all.jobs.try_claim(8);  // at: alone

  // A table that has grown, one of one element, one of one waiter, and one that had an element.
  for (int i = 0; i < 100; ++i) all.grown.insert(i, i * i);
  for (int i = 0; i < 100; i += 2) all.grown.erase(i);
  all.one_value.insert(1, 10);
  observe(all.one_waiter, 1);
  all.erased.insert(1, 10);
  all.erased.erase(1);

  // What is behind a pointer in a table.
  all.boxes.insert(fragile(3), fragile(9));
  observe(all.boxes, fragile(4));

  look(all);

  all.jobs.cancel_all();
  blocked.join();
}
