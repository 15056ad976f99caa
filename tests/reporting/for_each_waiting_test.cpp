// Who waits for what, and where: the answer to "why does my program hang?".
#include <map>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/waiter.hpp"

namespace for_each_waiting_test {

using map_type = waitmap::wait_map<std::string, int>;

std::map<std::string, std::vector<unsigned>> lines_by_key(const map_type& map) {
  std::map<std::string, std::vector<unsigned>> seen;
  map.for_each_waiting([&](const std::string& key, std::span<const std::source_location> places) {
    CHECK_FALSE(seen.contains(key));
    for (const auto& place : places) {
      CHECK(std::string_view(place.file_name()).ends_with("for_each_waiting_test.cpp"));
      seen[key].push_back(place.line());
    }
  });
  return seen;
}

TEST_CASE("for_each_waiting names each key that is waited for, with the place of every wait",
          "[3]") {
  map_type map;
  map.insert("present", 1);
  const auto claim = map.try_claim("claimed");
  const unsigned base = std::source_location::current().line();
  support::waiter one([&] { return map.wait("a"); });
  support::waiter two([&] { return map.take("b"); });
  support::waiter three([&] { return map.wait_with("a", [](int value) { return value; }); });
  support::waiter four([&] { return map.wait_result("a"); });
  auto five = map.subscribe("b");
  support::waiter six([&] { return map.wait_all({"a", "c"}); });
  support::waiter seven([&] { return map.take_any({"c", "b"}); });
  support::waiter eight([&] { return map.wait_modify("d", [](int&) {}); });
  CHECK(lines_by_key(map) == std::map<std::string, std::vector<unsigned>>{
                                 {"a", {base + 1, base + 3, base + 4, base + 6}},
                                 {"b", {base + 2, base + 5, base + 7}},
                                 {"c", {base + 6, base + 7}},
                                 {"d", {base + 8}}});
  map.cancel("a");
  CHECK_FALSE(lines_by_key(map).contains("a"));
  map.cancel_all();
  CHECK(lines_by_key(map).empty());
}

TEST_CASE("for_each_waiting names where a subscription was made, however often it was moved",
          "[3][3.13]") {
  map_type map;
  const unsigned base = std::source_location::current().line();
  auto first = map.subscribe("a");
  auto second = std::move(first);
  const auto third = std::move(second);
  CHECK(lines_by_key(map) == std::map<std::string, std::vector<unsigned>>{{"a", {base + 1}}});
}

TEST_CASE("for_each_waiting names a place of the caller's choice", "[3]") {
  map_type map;
  const auto here = std::source_location::current();
  support::waiter waiter([&] { return map.wait("a", {}, here); });
  CHECK(lines_by_key(map) == std::map<std::string, std::vector<unsigned>>{{"a", {here.line()}}});
}

TEST_CASE("for_each_waiting gives each key its own places, also in one shard", "[3]") {
  map_type map(waitmap::options{.shards = 1});
  const unsigned base = std::source_location::current().line();
  support::waiter one([&] { return map.wait("a"); });
  support::waiter two([&] { return map.wait("b"); });
  support::waiter three([&] { return map.wait("c"); });
  CHECK(lines_by_key(map) == std::map<std::string, std::vector<unsigned>>{
                                 {"a", {base + 1}}, {"b", {base + 2}}, {"c", {base + 3}}});
}

TEST_CASE("for_each_waiting sees blocked threads", "[3]") {
  map_type map;
  std::thread thread([&] { map.blocking_wait("a"); });
  while (map.waiting() == 0) std::this_thread::yield();
  CHECK(lines_by_key(map).at("a").size() == 1);
  map.cancel("a");
  thread.join();
}

TEST_CASE("for_each_waiting agrees with waiting()", "[3]") {
  map_type map;
  const auto make = [&] { return map.wait("crowded"); };
  std::vector<std::unique_ptr<support::waiter<decltype(make)>>> waiters;
  for (int i = 0; i < 100; ++i) {
    waiters.push_back(std::make_unique<support::waiter<decltype(make)>>(make));
    if (i % 3 == 0) waiters.back().reset();
    CHECK((map.waiting() == 0 ? 0 : lines_by_key(map).at("crowded").size()) ==
          map.waiting("crowded"));
  }
}

// What a function of three arguments is told of a key.
struct told {
  std::vector<unsigned> waits;
  std::optional<unsigned> claim;

  friend bool operator==(const told&, const told&) = default;
};
std::map<std::string, told> claims_by_key(const map_type& map) {
  std::map<std::string, told> seen;
  map.for_each_waiting([&](const std::string& key, std::span<const std::source_location> places,
                           const std::source_location* claim) {
    CHECK_FALSE(seen.contains(key));
    told& here = seen[key];
    for (const auto& place : places) here.waits.push_back(place.line());
    if (claim != nullptr) {
      here.claim = claim->line();
      CHECK(std::string_view(claim->file_name()).ends_with("for_each_waiting_test.cpp"));
    }
  });
  return seen;
}

TEST_CASE("for_each_waiting names the place of each claim to who asks for it", "[3][4.1]") {
  map_type map(waitmap::options{.capacity = 0, .shards = GENERATE(1u, 0u)});
  map.insert("present", 1);
  const unsigned base = std::source_location::current().line();
  std::optional claimed = map.try_claim("claimed");
  support::waiter awaited([&] { return map.claim_or_wait("awaited"); });
  support::waiter one([&] { return map.wait("awaited"); });
  support::waiter two([&] { return map.claim_or_wait("awaited"); });
  support::waiter three([&] { return map.wait("unclaimed"); });
  CHECK(claims_by_key(map) ==
        std::map<std::string, told>{{"claimed", {{}, base + 1}},
                                    {"awaited", {{base + 3, base + 4}, base + 2}},
                                    {"unclaimed", {{base + 5}, std::nullopt}}});
  // Of two arguments: those that are waited for.
  CHECK(lines_by_key(map) == std::map<std::string, std::vector<unsigned>>{
                                 {"awaited", {base + 3, base + 4}}, {"unclaimed", {base + 5}}});
  claimed.reset();
  awaited.result().claim.set_value(7);
  CHECK(claims_by_key(map) ==
        std::map<std::string, told>{{"unclaimed", {{base + 5}, std::nullopt}}});
}

TEST_CASE("for_each_waiting names the place of a claim that somebody else has taken on",
          "[3][3.12]") {
  map_type map;
  const unsigned base = std::source_location::current().line();
  std::optional first = map.try_claim("key");
  support::waiter next([&] { return map.claim_or_wait("key"); });
  support::waiter last([&] { return map.claim_or_wait("key"); });
  first.reset();
  CHECK(claims_by_key(map) == std::map<std::string, told>{{"key", {{base + 3}, base + 2}}});
  map.invalidate("key");
  CHECK(claims_by_key(map) == std::map<std::string, told>{{"key", {{}, base + 3}}});
}

TEST_CASE("for_each_waiting names a place of the caller's choice for a claim", "[3][4.1]") {
  map_type map;
  const auto here = std::source_location::current();
  const auto claim = map.try_claim("key", here);
  CHECK(claims_by_key(map) == std::map<std::string, told>{{"key", {{}, here.line()}}});
}

}  // namespace for_each_waiting_test
