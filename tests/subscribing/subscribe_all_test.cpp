// subscribe_all: waits for several keys that begin at once and are awaited together.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/last_words.hpp"
#include "support/own_stop_source.hpp"

namespace subscribe_all_test {

using map_type = waitmap::wait_map<int, std::string>;
using outcomes = std::vector<waitmap::wait_outcome<std::string>>;
using waitmap::wait_status;

TEST_CASE("a subscription to many keys waits from the moment it is made", "[3.13]") {
  map_type map;
  auto all = map.subscribe_all({1, 2, 3});
  CHECK(map.waiting() == 3);
  map.insert(2, "two");
  map.erase(2);
  CHECK_FALSE(all.await_ready());
  std::optional<outcomes> got;
  support::await_into(all, got);
  map.insert(1, "one");
  CHECK_FALSE(got);
  map.insert(3, "three");
  REQUIRE(got);
  CHECK(((*got)[0].value() == "one" && (*got)[1].value() == "two" && (*got)[2].value() == "three"));
}

TEST_CASE("a subscription to many keys that all have ended does not suspend", "[3.13]") {
  map_type map;
  map.insert(1, "one");
  auto all = map.subscribe_all(std::vector{1, 2, 1});
  map.cancel(2);
  CHECK(all.await_ready());
  std::optional<outcomes> got;
  support::await_into(all, got);
  REQUIRE(got);
  CHECK((*got)[0].value() == "one");
  CHECK((*got)[1].status() == wait_status::cancelled);
  CHECK((*got)[2].value() == "one");
}

TEST_CASE("a subscription to no keys is ready", "[3.13]") {
  map_type map;
  auto none = map.subscribe_all(std::vector<int>());
  CHECK(none.await_ready());
  std::optional<outcomes> got;
  support::await_into(none, got);
  REQUIRE(got);
  CHECK(got->empty());
}

TEST_CASE("a subscription to many keys that is destroyed waits no more", "[3.13][3.6]") {
  map_type map;
  {
    const auto all = map.subscribe_all({1, 2, 3});
    map.insert(2, "two");
  }
  CHECK(map.waiting() == 0);
  CHECK(map.insert(1, "one").resumed == 0);
}

TEST_CASE("a subscription to many keys may outlive the map that has ended it", "[3.13][3.3]") {
  auto map = std::make_unique<map_type>();
  auto ended = map->subscribe_all({1, 2});
  {
    const auto other = map->subscribe_all({1, 3});
    map.reset();
  }
  std::optional<outcomes> got;
  support::await_into(ended, got);
  REQUIRE(got);
  CHECK(((*got)[0].status() == wait_status::closed && (*got)[1].status() == wait_status::closed));
}

TEST_CASE("a stop ends the waits of a subscription that have not ended", "[3.13][3.8]") {
  map_type map;
  support::own_stop_source source;
  auto all = map.subscribe_all({1, 2}, source.get_token());
  map.insert(1, "one");
  source.request_stop();
  CHECK(map.waiting() == 0);
  std::optional<outcomes> got;
  support::await_into(all, got);
  REQUIRE(got);
  CHECK(((*got)[0].value() == "one" && (*got)[1].status() == wait_status::stopped));
}

TEST_CASE("awaiting a subscription to many keys twice ends the program with a message", "[3.13]") {
  const bool ended = GENERATE(true, false);
  const std::string words = support::last_words([&] {
    map_type map;
    auto all = map.subscribe_all({1, 2});
    if (ended) map.cancel_all();
    std::optional<outcomes> got;
    support::await_into(all, got);
    support::await_into(all, got);
  });
  CHECK(words.find("awaited a second time") != std::string::npos);
}

// Failed once: with one key undecided it seemed to be ready.
TEST_CASE("a subscription to one key that waits is not awaited again either", "[3.13]") {
  const std::string words = support::last_words([] {
    map_type map;
    auto all = map.subscribe_all({1});
    std::optional<outcomes> got, again;
    support::await_into(all, got);
    support::await_into(all, again);
  });
  CHECK(words.find("awaited a second time") != std::string::npos);
}

}  // namespace subscribe_all_test
