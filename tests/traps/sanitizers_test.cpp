// What thread sanitizers do not understand: fences (we have none), an exception_ptr shared between threads
// (suppressed, tests/tsan.supp). All else they report is real. Here coroutines hop between threads in every
// way the library offers: under -fsanitize=thread there is no report.
#include <atomic>
#include <exception>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/race.hpp"
#include "support/spawn.hpp"

namespace sanitizers_test {

using map_type = waitmap::wait_map<int, std::string>;

support::detached wait_for(map_type& map, int key, std::stop_token token, std::atomic<int>& ended) {
  std::string text;
  try {
    auto value = co_await map.wait(key, token);
    text = value ? *value : "nothing";
  } catch (const std::runtime_error& error) {
    text = error.what();
  }
  ended.fetch_add(text.empty() ? 0 : 1);
}

TEST_CASE("coroutines that hop between threads by value, stop and exception race with nobody",
          "[6.1]") {
  constexpr int keys = 2'000;
  map_type map;
  std::stop_source source;
  std::atomic<int> ended{0};

  support::race(
      [&] {
        for (int key = 0; key < keys; ++key) wait_for(map, key, source.get_token(), ended);
      },
      [&] {
        for (int key = 0; key < keys; key += 2) map.insert(key, std::string(50, 'v'));
      },
      [&] {
        for (int key = 1; key < keys; key += 2) {
          map.fail(key, std::make_exception_ptr(std::runtime_error("failed")));
        }
      });
  source.request_stop();

  CHECK(ended.load() == keys);
  CHECK(map.waiting() == 0);
}

}  // namespace sanitizers_test
