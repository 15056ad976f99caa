// 2.2: nothing handed in is lost. The caller's key was moved from, and then making the value threw.
#include <stdexcept>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace lost_argument_test {

struct refusing {
  explicit refusing(bool refuses) {
    if (refuses) throw std::runtime_error("no value");
  }
};

// A key whose moves may throw, though they do not.
struct heavy_key {
  explicit heavy_key(std::string of) : text(std::move(of)) {}
  heavy_key(const heavy_key&) = default;
  heavy_key(heavy_key&& other) noexcept(false) : text(std::exchange(other.text, "moved from")) {}
  heavy_key& operator=(const heavy_key&) = default;
  heavy_key& operator=(heavy_key&&) = default;
  friend bool operator==(const heavy_key&, const heavy_key&) = default;
  template <class State>
  friend State AbslHashValue(State state, const heavy_key& key) {
    return State::combine(std::move(state), key.text);
  }
  std::string text;
};

const std::string long_text(100, 'k');

TEST_CASE("a key is not moved from where making the value throws", "[2.2][6.2]") {
  waitmap::wait_map<std::string, refusing> map;
  std::string key = long_text;
  CHECK_THROWS_AS(map.insert(std::move(key), true), std::runtime_error);
  CHECK(key == long_text);  // NOLINT(bugprone-use-after-move)
  CHECK_THROWS_AS(map.try_emplace(std::move(key), true), std::runtime_error);
  CHECK(key == long_text);  // NOLINT(bugprone-use-after-move)
  CHECK_THROWS_AS(map.insert_or_assign(std::move(key), true), std::runtime_error);
  CHECK(key == long_text);  // NOLINT(bugprone-use-after-move)
  CHECK_THROWS_AS(map.exchange(std::move(key), true), std::runtime_error);
  CHECK(key == long_text);  // NOLINT(bugprone-use-after-move)
  CHECK(map.empty());
  CHECK(map.try_emplace(std::move(key), false));
  CHECK(map.contains(long_text));
}

TEST_CASE("nor one whose move may throw", "[2.2][6.2]") {
  waitmap::wait_map<heavy_key, refusing> map;
  heavy_key key(long_text);
  CHECK_THROWS_AS(map.insert(std::move(key), true), std::runtime_error);
  CHECK(key.text == long_text);  // NOLINT(bugprone-use-after-move)
  CHECK(map.empty());
}

// A key that is copied from what the caller keeps, which may throw.
TEST_CASE("a value is not moved from where copying the key throws", "[2.2][6.2]") {
  struct copy_refusing {
    static bool& refuses() {
      static bool yes = false;
      return yes;
    }
    explicit copy_refusing(int of) : number(of) {}
    copy_refusing(const copy_refusing& other) : number(other.number) {
      if (refuses()) throw std::runtime_error("no key");
    }
    copy_refusing(copy_refusing&&) noexcept = default;
    bool operator==(const copy_refusing& other) const { return number == other.number; }
    int number;
  };
  struct hash {
    std::size_t operator()(const copy_refusing& key) const {
      return static_cast<std::size_t>(key.number);
    }
  };
  waitmap::wait_map<copy_refusing, std::string, hash> map;
  const copy_refusing key(1);
  std::string value = long_text;
  copy_refusing::refuses() = true;
  CHECK_THROWS_AS(map.insert(key, std::move(value)), std::runtime_error);
  CHECK(value == long_text);  // NOLINT(bugprone-use-after-move)
  copy_refusing::refuses() = false;
  CHECK(map.empty());
}

}  // namespace lost_argument_test
