// What stops the wait of an operation: one callback, which runs once, and is not destroyed under who runs it.
#include <atomic>
#include <functional>
#include <latch>
#include <optional>
#include <thread>

#include "asio/net.hpp"

namespace stop_source_test {

using source_type = waitmap::detail::operation_stop_source;
using token_type = waitmap::detail::operation_stop_token;
template <class Function>
using callback = token_type::callback_type<Function>;

TEST_CASE("a callback is destroyed when it has returned on the other thread", "[3.8]") {
  source_type source;
  std::latch runs(1);
  std::atomic<bool> gone{false};
  bool went_before_its_end = false;
  const auto run = [&] {
    runs.count_down();
    // Time for a destructor that does not wait to return. If it needs more, nothing is seen.
    for (int i = 0; i < 20'000 && !gone; ++i) std::this_thread::yield();
    went_before_its_end = gone;
  };
  std::optional<callback<decltype(run)>> held(std::in_place, token_type(source), run);
  std::thread requests([&] { source.request(); });
  runs.wait();
  held.reset();
  gone = true;
  requests.join();
  CHECK_FALSE(went_before_its_end);
}

TEST_CASE("a callback may destroy itself", "[3.8]") {
  source_type source;
  int runs = 0;
  std::function<void()> end;
  const auto run = [&] {
    ++runs;
    end();
  };
  std::optional<callback<decltype(run)>> held(std::in_place, token_type(source), run);
  end = [&] { held.reset(); };
  source.request();
  CHECK(runs == 1);
  CHECK_FALSE(held);
}

TEST_CASE("a callback runs once, however often a stop is requested", "[3.8]") {
  source_type source;
  int runs = 0;
  const auto run = [&] { ++runs; };
  const callback<decltype(run)> held(token_type(source), run);
  CHECK(runs == 0);
  CHECK_FALSE(source.requested());
  source.request();
  source.request();
  CHECK(source.requested());
  CHECK(runs == 1);
}

TEST_CASE("a callback made after the request runs at once, one that is gone not at all", "[3.8]") {
  source_type source;
  int early = 0;
  int late = 0;
  const auto count_early = [&] { ++early; };
  const auto count_late = [&] { ++late; };
  {
    const callback<decltype(count_early)> gone(token_type(source), count_early);
  }
  source.request();
  CHECK(early == 0);
  {
    const callback<decltype(count_late)> made_late(token_type(source), count_late);
    CHECK(late == 1);
  }
  CHECK(token_type(source).stop_requested());
}

TEST_CASE("after one callback has gone, another takes its place", "[3.8]") {
  source_type source;
  int runs = 0;
  const auto run = [&] { ++runs; };
  {
    const callback<decltype(run)> gone(token_type(source), run);
  }
  const callback<decltype(run)> held(token_type(source), run);
  source.request();
  CHECK(runs == 1);
}

}  // namespace stop_source_test
