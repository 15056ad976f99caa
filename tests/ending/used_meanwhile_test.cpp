// Debug builds detect a map that is destroyed while another thread calls it, and say so.
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/last_words.hpp"

namespace used_meanwhile_test {

// Lets another thread have the mutex whenever it is unlocked.
struct polite_mutex {
  static inline std::function<void()> other;
  void lock() noexcept {}
  void unlock() noexcept {
    if (!other) return;
    const auto calls = std::exchange(other, nullptr);
    std::thread(calls).join();
    other = calls;
  }
};
struct polite_policy : waitmap::default_policy {
  using mutex = polite_mutex;
};
using map_type = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                   waitmap::default_equal<int>, polite_policy>;

// Destroys a map while another thread makes the call whenever it gets the lock.
template <class Call>
void destroy_during(Call call) {
  auto map = std::make_unique<map_type>(waitmap::options{.shards = 1});
  polite_mutex::other = [&call, there = map.get()] { call(*there); };
  map.reset();
  polite_mutex::other = nullptr;
}

TEST_CASE("a call that waits for the lock while the map is destroyed is noticed", "[3.3]") {
  int calls = 0;
  destroy_during([&](map_type&) { ++calls; });
  CHECK(calls > 0);
#ifndef NDEBUG
  const std::string complaint = "destroyed while another thread was calling it";
  const std::string reading =
      support::last_words([] { destroy_during([](map_type& map) { (void)map.get(1); }); });
  const std::string writing =
      support::last_words([] { destroy_during([](map_type& map) { map.cancel(1); }); });
  CHECK(reading.find(complaint) != std::string::npos);
  CHECK(writing.find(complaint) != std::string::npos);
#endif
}

}  // namespace used_meanwhile_test
