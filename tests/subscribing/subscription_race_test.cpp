#include <memory>
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"

using waitmap::insert_outcome;

namespace {

// A subscription in a place of its own, to be destroyed on any thread.
template <class Map, class... Token>
struct taken_subscription {
  explicit taken_subscription(Map& map, Token... token) : held(map.subscribe_take(1, token...)) {}
  decltype(std::declval<Map&>().subscribe_take(1, std::declval<Token>()...)) held;
};

using map_type = waitmap::wait_map<int, std::unique_ptr<int>>;

}  // namespace

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
