// A cancel was lost where a new wait on the key came before the cancelled task ran; and one that
// was answered "true" did not keep the task from getting a value.
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"

namespace lost_cancel_test {

TEST_CASE("a cancel is not lost when a new wait comes before the cancelled coroutine runs",
          "[3.2]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  support::noted<int> cancelled, fresh;
  const auto one = support::observe(map, 1, cancelled);
  CHECK(map.cancel(1) == 1);
  const auto two = support::observe(map, 1, fresh);
  executor.run_all();
  CHECK(cancelled.got_nothing());
  CHECK(fresh.pending());
  CHECK(map.waiting(1) == 1);
  map.insert(1, 10);
  executor.run_all();
  CHECK(cancelled.got_nothing());
  CHECK(fresh.got(10));
}

TEST_CASE("a wait that cancel counted does not get a value that arrives before it runs", "[3.2]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  support::noted<int> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK(map.cancel(1) == 1);
  CHECK(map.insert(1, 10).resumed == 0);
  executor.run_all();
  CHECK(note.got_nothing());
}

TEST_CASE("a cancel that comes after the value says so and takes nothing away", "[3.2]") {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  support::noted<int> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK(map.insert(1, 10).resumed == 1);
  CHECK(map.cancel(1) == 0);
  executor.run_all();
  CHECK(note.got(10));
}

}  // namespace lost_cancel_test
