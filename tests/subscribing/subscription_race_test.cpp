#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

namespace subscription_race_test {

using waitmap::insert_outcome;

// A subscription in a place of its own, to be destroyed on any thread.
template <class Map, class... Token>
struct taken_subscription {
  explicit taken_subscription(Map& map, Token... token) : held(map.subscribe_take(1, token...)) {}
  decltype(std::declval<Map&>().subscribe_take(1, std::declval<Token>()...)) held;
};

using map_type = waitmap::wait_map<int, std::unique_ptr<int>>;

TEST_CASE("a subscription may be destroyed while another thread delivers to it", "[3][3.6]") {
  int wrong = 0;
  for (int round = 0; round < 5000; ++round) {
    map_type map;
    auto subscription = std::make_unique<taken_subscription<map_type>>(map);
    auto value = std::make_unique<int>(1);
    insert_outcome outcome{};
    support::race([&] { subscription.reset(); },
                  [&] { outcome = map.deliver(1, std::move(value)).outcome; });
    wrong += outcome == insert_outcome::no_waiter ? !value : static_cast<bool>(value);
    wrong += map.waiting() != 0 || map.contains(1);
  }
  CHECK(wrong == 0);
}

TEST_CASE("a subscription may be destroyed while another thread inserts, cancels and stops",
          "[3][3.6][3.8]") {
  int wrong = 0;
  for (int round = 0; round < 2000; ++round) {
    map_type map;
    support::own_stop_source source;
    using subscription_type = taken_subscription<map_type, support::own_stop_source::token>;
    auto subscription = std::make_unique<subscription_type>(map, source.get_token());
    support::race([&] { subscription.reset(); }, [&] { map.insert(1, std::make_unique<int>(1)); },
                  [&] {
                    source.request_stop();
                    map.cancel(1);
                  });
    wrong += map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a value that comes while the subscription is being awaited is not lost", "[3]") {
  int wrong = 0;
  for (int round = 0; round < 5000; ++round) {
    map_type map;
    taken_subscription<map_type> subscription(map);
    std::optional<std::optional<std::unique_ptr<int>>> got;
    support::race([&] { support::await_into(subscription.held, got); },
                  [&] { map.deliver(1, std::make_unique<int>(7)); });
    wrong += !got || !*got || ***got != 7;
  }
  CHECK(wrong == 0);
}

// Lets a thread that sees a waiter linked pause there until it is told to go on.
struct pause_at_linked {
  static inline thread_local bool armed = false;
  static inline std::atomic<bool> reached{false};
  static inline std::atomic<bool> go_on{false};
};

template <class T>
struct pausing_atomic : std::atomic<T> {
  using std::atomic<T>::atomic;
  T load(std::memory_order order) const noexcept {
    const T seen = std::atomic<T>::load(order);
    if constexpr (std::is_same_v<T, waitmap::detail::waiter_state>) {
      if (pause_at_linked::armed && seen == waitmap::detail::waiter_state::linked) {
        pause_at_linked::armed = false;
        pause_at_linked::reached = true;
        while (!pause_at_linked::go_on) std::this_thread::yield();
      }
    }
    return seen;
  }
};

struct pausing_policy : waitmap::default_policy {
  template <class T>
  using atomic = pausing_atomic<T>;
};

using pausing_map = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                      waitmap::default_equal<int>, pausing_policy>;

// Failed once: the destructor saw the wait linked, and took it for ready when it looked again.
TEST_CASE("a subscription that gets its value while it is being destroyed ends quietly",
          "[3][3.6]") {
  pausing_map map;
  auto subscription = std::make_unique<taken_subscription<pausing_map>>(map);
  std::thread destroying([&] {
    pause_at_linked::armed = true;
    subscription.reset();
  });
  while (!pause_at_linked::reached) std::this_thread::yield();
  const auto outcome = map.deliver(1, 7).outcome;
  pause_at_linked::go_on = true;
  destroying.join();
  CHECK(outcome == insert_outcome::delivered);
  CHECK(map.waiting() == 0);
}

}  // namespace subscription_race_test
