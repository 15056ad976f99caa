#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/last_words.hpp"
#include "support/spawn.hpp"

namespace awaitable_test {

using map_type = waitmap::wait_map<int, std::string>;

TEST_CASE("an operation that is never awaited registers nothing", "[3.10]") {
  map_type map;
  {
    auto one = map.wait(1);
    auto two = map.take(1);
    auto three = map.wait_with(1, [](const std::string&) { return 1; });
    auto four = map.wait_modify(1, [](std::string&) {});
    CHECK(map.waiting() == 0);
    CHECK(map.capacity() == 0);
    CHECK(map.insert(1, "one") == waitmap::insert_result{waitmap::insert_outcome::inserted, 0});
  }
  CHECK(map.get(1) == "one");
}

TEST_CASE("an operation is awaited as an lvalue", "[3.10]") {
  map_type map;
  auto operation = map.wait(1);
  std::optional<std::optional<std::string>> result;
  support::await_into(operation, result);
  CHECK_FALSE(result);
  map.insert(1, "one");
  REQUIRE(result);
  CHECK(*result == "one");
}

TEST_CASE("an operation registers when it is awaited, not when it is made", "[3.10]") {
  map_type map;
  auto operation = map.wait(1);
  map.insert(1, "one");
  map.erase(1);
  std::optional<std::optional<std::string>> result;
  support::await_into(operation, result);
  CHECK_FALSE(result);
  CHECK(map.waiting(1) == 1);
  map.insert(1, "two");
  REQUIRE(result);
  CHECK(*result == "two");
}

TEST_CASE("an operation is moved until it is awaited", "[3.10]") {
  waitmap::wait_map<std::string, std::string> map;
  std::string key = "a key that is longer than what a string keeps inline";
  auto made =
      map.wait_with(std::string(key), [own = std::make_unique<int>(1)](const std::string& value) {
        return value.size() + static_cast<std::size_t>(*own);
      });
  auto operation = std::move(made);
  std::optional<std::optional<std::size_t>> result;
  support::await_into(operation, result);
  CHECK(map.waiting(key) == 1);
  map.insert(key, "four");
  REQUIRE(result);
  CHECK(*result == 5u);
}

TEST_CASE("an operation that is moved after it was awaited ends the program", "[3.10]") {
  const std::string words = support::last_words([] {
    map_type map;
    auto operation = map.wait(1);
    std::optional<std::optional<std::string>> result;
    support::await_into(operation, result);
    delete new auto(std::move(operation));
  });
  CHECK(words.find("moved after it was awaited") != std::string::npos);
}

TEST_CASE("an operation is neither copied nor assigned, and a subscription neither", "[3.10]") {
  using operation = decltype(std::declval<map_type&>().wait(1));
  CHECK_FALSE(std::is_copy_constructible_v<operation>);
  CHECK_FALSE(std::is_copy_assignable_v<operation>);
  CHECK_FALSE(std::is_move_assignable_v<operation>);
  using subscription = decltype(std::declval<map_type&>().subscribe(1));
  CHECK_FALSE(std::is_copy_constructible_v<subscription>);
  CHECK_FALSE(std::is_move_assignable_v<subscription>);
}

TEST_CASE("an operation that is awaited while it is being awaited ends the program", "[3.10]") {
  const std::string words = support::last_words([] {
    map_type map;
    auto operation = map.wait(1);
    std::optional<std::optional<std::string>> result;
    support::await_into(operation, result);
    support::await_into(operation, result);
  });
  CHECK(words.find("awaited a second time") != std::string::npos);
}

// Its copy writes all of itself, and then may throw.
struct scribbling {
  static inline bool throws = false;

  scribbling() = default;
  scribbling(const scribbling&) {
    std::memset(numbers, 0x41, sizeof numbers);
    if (throws) throw std::runtime_error("cannot be copied");
  }
  scribbling(scribbling&&) noexcept = default;

  long numbers[8] = {};
};

// Failed once: the operation took its shard for the map.
TEST_CASE("an operation that has failed to begin may be moved and awaited again", "[3.10][6.2]") {
  using failing_map = waitmap::wait_map<int, scribbling>;
  struct waiting {
    static support::owned twice(failing_map& map, int& failures, bool& got) {
      auto operation = map.wait(1);
      try {
        auto value = co_await operation;
        (void)value;
      } catch (const std::runtime_error&) {
        ++failures;
      }
      scribbling::throws = false;
      map.erase(1);
      auto moved = std::move(operation);
      auto value = co_await moved;
      got = value.has_value();
    }
  };
  failing_map map;
  map.try_emplace(1);
  int failures = 0;
  bool got = false;
  scribbling::throws = true;
  const support::owned waiter = waiting::twice(map, failures, got);
  CHECK(failures == 1);
  CHECK(map.waiting(1) == 1);
  std::string file;  // where it was called is not written over by the copy
  map.for_each_waiting([&](int, auto places) { file = places.front().file_name(); });
  CHECK(file.ends_with("awaitable_test.cpp"));
  map.try_emplace(1);
  CHECK(got);
}

}  // namespace awaitable_test
