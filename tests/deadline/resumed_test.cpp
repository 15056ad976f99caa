// 3.14: what a deadline resumes runs on the timer's thread, with no lock of the timer held.
#include <atomic>
#include <chrono>
#include <optional>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "deadline/cranked.hpp"
#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace resumed_test {

using namespace std::chrono_literals;
using map_type = waitmap::wait_map<int, int>;

template <class Timer>
support::detached wait_again(map_type& map, Timer& timer, int times, int& ended) {
  for (int n = 0; n != times; ++n) {
    auto token = timer.after(1ms);
    auto value = co_await map.wait(1, token);
    if (value) co_return;
    ++ended;
  }
  map.insert(2, ended);
}

TEST_CASE("a coroutine that a deadline resumed arms the next", "[3.14]") {
  map_type map;
  cranked_timer timer;
  int ended = 0;
  wait_again(map, timer, 3, ended);
  for (int n = 1; n != 4; ++n) {
    let_pass(timer, 1ms);
    CHECK(ended == n);
  }
  CHECK(map.get(2) == 3);
}

TEST_CASE("a timer has a thread of its own", "[3.14]") {
  map_type map;
  waitmap::deadline_timer timer;
  int ended = 0;
  wait_again(map, timer, 5, ended);
  CHECK(map.blocking_wait(2) == 5);
}

TEST_CASE("an earlier deadline wakes the thread that waits for a later one", "[3.14]") {
  map_type map;
  waitmap::deadline_timer timer;
  auto late = map.wait(7, timer.after(24h));
  std::optional<std::optional<int>> late_result;
  support::await_into(late, late_result);
  int ended = 0;
  wait_again(map, timer, 1, ended);
  CHECK(map.blocking_wait(2) == 1);
  CHECK_FALSE(late_result);
  map.cancel(7);
}

TEST_CASE("the destructor of a callback waits while it runs on another thread", "[3.14]") {
  cranked_timer timer;
  std::atomic<bool> entered{false}, may_end{false}, gone{false};
  bool gone_within = false;
  const auto slow = [&] {
    entered = true;
    entered.notify_all();
    may_end.wait(false);
    gone_within = gone;
  };
  using callback = decltype(timer.after(1s))::callback_type<decltype(slow)>;
  std::optional<callback> armed;
  armed.emplace(timer.after(1s), slow);
  cranked::advance(1s);
  std::thread runner([&] { timer.run_due(); });
  entered.wait(false);
  std::thread leaver([&] {
    armed.reset();
    gone = true;
  });
  for (int n = 0; n != 1000; ++n) std::this_thread::yield();
  may_end = true;
  may_end.notify_all();
  leaver.join();
  runner.join();
  CHECK_FALSE(gone_within);
}

}  // namespace resumed_test
