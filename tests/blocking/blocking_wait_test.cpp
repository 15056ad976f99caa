// For plain threads. A thread that sleeps is seen by its wait in the map.
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/own_stop_source.hpp"

namespace blocking_wait_test {

using map_type = waitmap::wait_map<int, std::string>;

template <class Map>
void until_waiting(const Map& map, std::size_t count) {
  while (map.waiting() != count) std::this_thread::yield();
}

// What a thread gets that waits while end() ends its wait.
template <class Wait, class End>
auto ended_by(map_type& map, Wait wait, End end) {
  decltype(wait()) result;
  std::thread thread([&] { result = wait(); });
  until_waiting(map, 1);
  end();
  thread.join();
  return result;
}

TEST_CASE("a thread blocks until its key has a value", "[3]") {
  map_type map;
  const auto wait = [&] { return map.blocking_wait(1); };
  CHECK(ended_by(map, wait, [&] { CHECK(map.insert(1, "v").resumed == 1); }) == "v");
  CHECK(map.get(1) == "v");
  CHECK(map.blocking_wait(1) == "v");
}

TEST_CASE("a blocked thread is told when its wait ends without a value", "[3][4]") {
  map_type map;
  const auto wait = [&] { return map.blocking_wait(1); };
  CHECK_FALSE(ended_by(map, wait, [&] { CHECK(map.cancel(1) == 1); }));
  std::optional claim = map.try_claim(1);
  CHECK_FALSE(ended_by(map, wait, [&] { claim.reset(); }));
  CHECK(ended_by(map, wait, [&] { map.deliver(1, "delivered"); }) == "delivered");
  CHECK_FALSE(ended_by(map, wait, [&] { CHECK(map.close() == 1); }));
  CHECK_FALSE(map.blocking_wait(1));
}

TEST_CASE("an exception given to the key is thrown in the blocked thread", "[3][4]") {
  map_type map;
  const auto wait = [&] {
    try {
      map.blocking_wait(1);
    } catch (const std::runtime_error&) {
      return true;
    }
    return false;
  };
  const auto error = std::make_exception_ptr(std::runtime_error("broken"));
  CHECK(ended_by(map, wait, [&] { map.fail(1, error); }));
}

TEST_CASE("a stop wakes a blocked thread", "[3][3.8]") {
  map_type map;
  support::own_stop_source source;
  const auto wait = [&] { return map.blocking_wait(1, source.get_token()); };
  CHECK_FALSE(ended_by(map, wait, [&] { source.request_stop(); }));
  CHECK_FALSE(map.blocking_wait(1, source.get_token()));
  map.insert(1, "v");
  CHECK(map.blocking_wait(1, source.get_token()) == "v");
  CHECK(map.waiting() == 0);
}

TEST_CASE("threads and coroutines wait side by side", "[3][3.4]") {
  map_type map;
  std::optional<std::string> one, two, taken;
  std::thread first([&] { one = map.blocking_wait(1); });
  until_waiting(map, 1);
  auto subscription = map.subscribe_take(1);
  std::thread second([&] { two = map.blocking_wait(1); });
  until_waiting(map, 3);
  CHECK(map.insert(1, "v") == waitmap::insert_result{waitmap::insert_outcome::handed_off, 3});
  first.join();
  second.join();
  CHECK(one == "v");
  CHECK(two == "v");
  CHECK(subscription.await_resume() == "v");
}

}  // namespace blocking_wait_test
