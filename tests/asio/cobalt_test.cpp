// Boost.Cobalt's coroutines, where Boost has that library.
#include <chrono>
#include <cstddef>
#include <thread>

#include <boost/asio/steady_timer.hpp>
#include <boost/cobalt.hpp>

#include <wait_map/asio.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace cobalt_test {

namespace cobalt = boost::cobalt;
using namespace std::chrono_literals;
using map_type = waitmap::wait_map<int, int>;

// Inserts when somebody waits.
std::thread inserting(map_type& map) {
  return std::thread([&map] {
    while (map.waiting() == 0) std::this_thread::yield();
    map.insert(1, 10);
  });
}

cobalt::task<int> wait(map_type& map, std::thread::id& on) {
  auto value = co_await waitmap::async_wait(map, 1, cobalt::use_op);
  on = std::this_thread::get_id();
  co_return value.value_or(-1);
}

TEST_CASE("a task of Cobalt's waits, and goes on on its executor", "[5.6][5.8]") {
  map_type map;
  std::thread::id on;
  std::thread other = inserting(map);
  CHECK(cobalt::run(wait(map, on)) == 10);
  other.join();
  CHECK(on == std::this_thread::get_id());
}

cobalt::task<std::size_t> race_with_timer(map_type& map, std::chrono::milliseconds time) {
  boost::asio::steady_timer timer(co_await cobalt::this_coro::executor, time);
  auto first = co_await cobalt::race(waitmap::async_take(map, 1, cobalt::use_op),
                                     timer.async_wait(cobalt::use_op));
  co_return first.index();
}

TEST_CASE("a race with a timer ends the wait, and loses no value", "[5.6][5.8]") {
  map_type map;
  CHECK(cobalt::run(race_with_timer(map, 1ms)) == 1);
  CHECK(map.waiting() == 0);
  map.insert(1, 10);
  CHECK(cobalt::run(race_with_timer(map, 1h)) == 0);
  CHECK(map.empty());
}

}  // namespace cobalt_test
