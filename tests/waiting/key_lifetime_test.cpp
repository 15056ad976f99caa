#include <optional>
#include <string>
#include <string_view>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace key_lifetime_test {

// A key that counts its copies.
struct name {
  static inline int copies = 0;
  static inline int alive = 0;

  explicit name(std::string given) : text(std::move(given)) { ++alive; }
  name(const name& other) : text(other.text) { ++copies, ++alive; }
  name(name&& other) noexcept : text(std::move(other.text)) { ++alive; }
  ~name() { --alive; }
  friend bool operator==(const name&, const name&) = default;
  template <class State>
  friend State AbslHashValue(State state, const name& hashed) {
    return State::combine(std::move(state), hashed.text);
  }

  std::string text;
};

const std::string long_text(100, 'k');

TEST_CASE("an lvalue key is referred to, and copied only into a new slot", "[3.7][1.3]") {
  waitmap::wait_map<name, int> map;
  const name key(long_text);
  name::copies = 0;
  std::optional<std::optional<int>> first, second, third;
  auto one = map.wait(key);
  CHECK(name::copies == 0);
  support::await_into(one, first);
  CHECK(name::copies == 1);
  auto two = map.wait(key);
  support::await_into(two, second);
  CHECK(name::copies == 1);
  map.insert(key, 7);
  CHECK(first == std::optional<int>(7));
  CHECK(second == std::optional<int>(7));
  name::copies = 0;
  auto hit = map.wait(key);
  support::await_into(hit, third);
  CHECK(third == std::optional<int>(7));
  CHECK(name::copies == 0);
}

TEST_CASE("an rvalue key lives in the awaiter until the wait ends", "[3.7]") {
  waitmap::wait_map<name, int> map;
  const name key(long_text);
  name::copies = 0;
  {
    auto wait = map.wait(name(long_text));
    CHECK(name::copies == 0);
    CHECK(name::alive == 2);
    std::optional<std::optional<int>> result;
    support::await_into(wait, result);
    SECTION("with a value") {
      map.insert(key, 7);
      CHECK(result == std::optional<int>(7));
    }
    SECTION("by a cancel") {
      CHECK(map.cancel(key) == 1);
      REQUIRE(result);
      CHECK_FALSE(result->has_value());
    }
  }
  map.clear();
  CHECK(name::alive == 1);
}

support::owned wait_for_temporary(waitmap::wait_map<std::string, int>& map, int& got) {
  auto value = co_await map.wait(std::string(100, 'k'));
  got = value.value_or(-1);
}

support::owned wait_for_literal(waitmap::wait_map<std::string, int>& map, int& got) {
  auto value = co_await map.wait("literal");
  got = value.value_or(-1);
}

support::owned wait_for_view(waitmap::wait_map<std::string, int>& map, std::string_view key,
                             int& got) {
  auto value = co_await map.wait(key);
  got = value.value_or(-1);
}

TEST_CASE("a wait on a temporary string, a literal or a view is found again", "[3.7][2]") {
  waitmap::wait_map<std::string, int> map;
  int temporary = 0, literal = 0, view = 0;
  auto one = wait_for_temporary(map, temporary);
  auto two = wait_for_literal(map, literal);
  auto three = wait_for_view(map, std::string_view(long_text).substr(0, 50), view);
  CHECK(map.waiting(std::string_view("literal")) == 1);
  SECTION("by values") {
    map.insert(long_text, 1);
    map.insert(std::string("literal"), 2);
    map.insert(std::string(50, 'k'), 3);
    CHECK(temporary == 1);
    CHECK(literal == 2);
    CHECK(view == 3);
  }
  SECTION("when they are dropped") {
    one.destroy();
    two.destroy();
    three.destroy();
    CHECK(map.waiting() == 0);
  }
}

}  // namespace key_lifetime_test
