#include <atomic>
#include <memory>
#include <optional>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"
#include "support/waiter.hpp"

namespace group_race_test {

using map_type = waitmap::wait_map<int, int>;
using waitmap::insert_outcome;
using waitmap::wait_status;

TEST_CASE("threads that insert both keys of a take_any: one is taken, one is stored", "[3][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    map_type map;
    const auto make = [&] { return map.take_any({1, 2}); };
    std::optional<support::waiter<decltype(make)>> taker;
    insert_outcome one{}, two{};
    support::race([&] { taker.emplace(make); }, [&] { one = map.insert(1, 10).outcome; },
                  [&] { two = map.insert(2, 20).outcome; });
    if (!taker->has_result() || !taker->result()) {
      ++wrong;
      continue;
    }
    const bool first = taker->result().index == 0;
    wrong += *taker->result().outcome != (first ? 10 : 20);
    wrong += map.contains(first ? 1 : 2) || !map.contains(first ? 2 : 1) || map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("threads that insert both keys of a wait_any resume it once", "[3][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    map_type map;
    support::waiter any([&] { return map.wait_any({1, 2}); });
    std::size_t one = 0, two = 0;
    support::race([&] { one = map.insert(1, 10).resumed; },
                  [&] { two = map.insert(2, 20).resumed; });
    wrong += one + two != 1 || !any.has_result() || map.waiting() != 0;
    if (any.has_result()) wrong += any.result().index != (one == 1 ? 0u : 1u);
  }
  CHECK(wrong == 0);
}

TEST_CASE("threads that insert the keys of a wait_all resume it once", "[3][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    map_type map;
    const auto make = [&] { return map.wait_all({1, 2, 1}); };
    std::optional<support::waiter<decltype(make)>> all;
    support::race([&] { all.emplace(make); }, [&] { map.insert(1, 10); },
                  [&] { map.insert(2, 20); });
    wrong += !all->has_result() || map.waiting() != 0;
    if (all->has_result()) {
      wrong += *all->result()[0] != 10 || *all->result()[1] != 20 || *all->result()[2] != 10;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a stop that races with the registration and an insert ends each group once", "[3.8]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    map_type map;
    support::own_stop_source source;
    const auto make_any = [&] { return map.take_any({1, 2}, source.get_token()); };
    const auto make_all = [&] { return map.wait_all({1, 3}, source.get_token()); };
    std::optional<support::waiter<decltype(make_any)>> any;
    std::optional<support::waiter<decltype(make_all)>> all;
    support::race(
        [&] {
          any.emplace(make_any);
          all.emplace(make_all);
        },
        [&] { source.request_stop(); }, [&] { map.insert(1, 10); });
    wrong += !any->has_result() || !all->has_result() || map.waiting() != 0;
    if (any->has_result()) wrong += static_cast<bool>(any->result()) == map.contains(1);
    if (all->has_result()) {
      wrong += all->result()[1].status() != wait_status::stopped;
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("a stop that races with the resumption and the end of the map touches neither",
          "[3.3][3.8]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    support::manual_executor executor;
    std::optional<support::manual_map<int, int>> map(std::in_place, executor.get_resumer());
    support::own_stop_source source;
    support::waiter any([&] { return map->wait_any({1, 2}, source.get_token()); });
    support::waiter all([&] { return map->wait_all({1, 2}, source.get_token()); });
    map->insert(1, 10);
    map->insert(2, 20);
    support::race([&] { source.request_stop(); }, [&] { executor.run_all(); },
                  [&] { map.reset(); });
    wrong += !any.has_result() || !all.has_result();
    if (any.has_result()) wrong += any.result().index != 0;
    if (all.has_result()) wrong += *all.result()[1] != 20;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a close that races with the registration of a group ends it", "[4][6.1]") {
  int wrong = 0;
  for (int round = 0; round < 1000; ++round) {
    map_type map;
    const auto make_any = [&] { return map.wait_any({1, 2, 3, 4}); };
    const auto make_all = [&] { return map.wait_all({4, 3, 2, 1}); };
    std::optional<support::waiter<decltype(make_any)>> any;
    std::optional<support::waiter<decltype(make_all)>> all;
    support::race([&] { any.emplace(make_any); }, [&] { all.emplace(make_all); },
                  [&] { map.close(); });
    wrong += !any->has_result() || !all->has_result() || map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a wait_all may be destroyed while another thread gives it one of its values",
          "[3.6][3.11]") {
  int wrong = 0;
  for (int round = 0; round < 5000; ++round) {
    map_type map;
    const auto make = [&] { return map.wait_all({1, 2}); };
    auto all = std::make_unique<support::waiter<decltype(make)>>(make);
    support::race([&] { map.insert(1, 10); }, [&] { all.reset(); });
    wrong += map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

// Lets the thread that marks a waiter as done pause there until it is told to go on.
struct pause_at_done {
  static inline thread_local bool armed = false;
  static inline std::atomic<bool> reached{false};
  static inline std::atomic<bool> go_on{false};
};

template <class T>
struct pausing_atomic : std::atomic<T> {
  using std::atomic<T>::atomic;
  void store(T value, std::memory_order order) noexcept {
    std::atomic<T>::store(value, order);
    if constexpr (std::is_same_v<T, waitmap::detail::waiter_state>) {
      if (value != waitmap::detail::waiter_state::done || !pause_at_done::armed) return;
      pause_at_done::reached = true;
      while (!pause_at_done::go_on) std::this_thread::yield();
    }
  }
};

struct pausing_policy : waitmap::default_policy {
  template <class T>
  using atomic = pausing_atomic<T>;
};

// Failed once: the frame was gone when the inserting thread told the group that a key was decided.
TEST_CASE("a wait_all lives until the thread that gives it a value is done with it", "[3.6]") {
  waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>,
                    pausing_policy>
      map;
  const auto make = [&] { return map.wait_all({1, 2}); };
  auto all = std::make_unique<support::waiter<decltype(make)>>(make);
  std::atomic<bool> destroyed{false};
  bool too_early = false;
  std::thread inserting([&] {
    pause_at_done::armed = true;
    map.insert(1, 10);
  });
  while (!pause_at_done::reached) std::this_thread::yield();
  std::thread destroying([&] {
    all.reset();
    destroyed = true;
  });
  for (int i = 0; i < 1000; ++i) {
    too_early = too_early || destroyed;
    std::this_thread::yield();
  }
  pause_at_done::go_on = true;
  inserting.join();
  destroying.join();
  CHECK_FALSE(too_early);
}

}  // namespace group_race_test
