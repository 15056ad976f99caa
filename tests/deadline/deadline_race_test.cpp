// 3.14: deadlines, values, stops and the timer's end at the same time: each wait ends exactly once.
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <wait_map/deadline.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/spawn.hpp"

namespace deadline_race_test {

using namespace std::chrono_literals;
using map_type = waitmap::wait_map<int, int>;

struct counts {
  std::atomic<int> values{0}, stops{0};
  int both() const { return values + stops; }
};

template <class Token>
support::detached count_end(map_type& map, int key, Token token, counts& ended) {
  auto value = co_await map.take(key, token);
  ++(value ? ended.values : ended.stops);
}

TEST_CASE("deadlines and values at the same time end each wait once", "[3.14]") {
  constexpr int threads = 3, each = 2000;
  std::array<support::own_stop_source, threads> stops;  // outlive all that the timer resumes
  map_type map;
  waitmap::deadline_timer timer;
  counts ended;
  std::vector<std::thread> crew;
  for (int thread = 0; thread != threads; ++thread) {
    crew.emplace_back([&, thread] {
      support::own_stop_source& stop = stops[static_cast<std::size_t>(thread)];
      for (int n = 0; n != each; ++n) {
        const int key = thread * each + n;
        if (n % 3 == 0) {
          count_end(map, key, waitmap::any_token(timer.after(n % 50 * 1us), stop.get_token()),
                    ended);
        } else {
          count_end(map, key, timer.after(n % 50 * 1us), ended);
        }
        if (n % 2 == 0) map.insert(key, 1);
      }
      stop.request_stop();
    });
  }
  for (std::thread& one : crew) one.join();
  while (map.waiting() != 0) std::this_thread::yield();  // until the last deadline
  while (ended.both() < threads * each) std::this_thread::yield();
  CHECK(ended.both() == threads * each);
  CHECK(static_cast<int>(map.size()) + ended.values == threads * each / 2);
  CHECK(timer.armed() == 0);
}

TEST_CASE("a timer that ends while deadlines fire and leave harms nobody", "[3.14]") {
  for (int round = 0; round != 200; ++round) {
    map_type map;
    counts ended;
    auto timer = std::make_unique<waitmap::deadline_timer>();
    const auto token = timer->after(50us);
    std::thread other([&] {
      for (int key = 0; key != 20; ++key) count_end(map, key, token, ended);
      for (int key = 0; key != 20; key += 2) map.insert(key, 1);
    });
    for (int key = 20; key != 40; ++key) count_end(map, key, token, ended);
    timer.reset();
    other.join();
    map.cancel_all();
    CHECK(ended.both() == 40);
  }
}

}  // namespace deadline_race_test
