// A compiler may keep the address of a thread's variables across a suspension, behind which the coroutine
// runs on another thread. The queue of resumed coroutines must be the one of the thread that runs.
#include <atomic>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace thread_identity_test {

using map_type = waitmap::wait_map<int, int>;

[[gnu::noinline]] std::thread::id this_thread() { return std::this_thread::get_id(); }

support::detached second(map_type& map, std::thread::id& ran_on) {
  auto value = co_await map.wait(2);
  ran_on = value ? this_thread() : std::thread::id();
}

// Inserts once before and once after its hop.
support::detached hop(map_type& map, std::thread::id& before, std::thread::id& after) {
  before = this_thread();
  map.insert(0, 0);
  auto value = co_await map.wait(1);
  after = value ? this_thread() : std::thread::id();
  map.insert(2, 2);
}

TEST_CASE(
    "what a coroutine ends after a hop is resumed on its new thread, before that thread's insert "
    "returns",
    "[5.3]") {
  map_type map;
  std::thread::id before, after, second_ran_on;
  second(map, second_ran_on);
  hop(map, before, after);

  std::thread::id inserter;
  bool resumed_in_time = false;
  std::thread([&] {
    inserter = this_thread();
    map.insert(1, 1);
    resumed_in_time = second_ran_on == inserter;
  }).join();

  CHECK(before == this_thread());
  CHECK(after == inserter);
  CHECK(resumed_in_time);
  // The first thread's queue is empty: what it ends now is resumed at once.
  std::thread::id third;
  second(map, third);  // present: it does not suspend
  CHECK(third == this_thread());
}

}  // namespace thread_identity_test
