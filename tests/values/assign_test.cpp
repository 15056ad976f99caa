// 2, 2.1: insert_or_assign and exchange store or overwrite.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace assign_test {

using waitmap::insert_outcome;
using waitmap::insert_result;
using map_type = waitmap::wait_map<std::string, std::string>;

TEST_CASE("insert_or_assign stores a value under an absent key", "[2][2.1]") {
  map_type map;
  CHECK(map.insert_or_assign("a", "1") == insert_result{insert_outcome::inserted, 0});
  CHECK(map.get("a") == "1");
}

TEST_CASE("insert_or_assign overwrites", "[2][2.1]") {
  map_type map;
  map.insert("a", "1");
  const insert_result result = map.insert_or_assign("a", "2");
  CHECK(result == insert_result{insert_outcome::assigned, 0});
  CHECK(result);
  CHECK(map.get("a") == "2");
  CHECK(map.size() == 1);
}

// Whatever it is given as.
TEST_CASE("a string that is overwritten keeps its room", "[2][6.2]") {
  map_type map;
  const std::string longest(100, 'a');
  map.insert("a", longest);
  const auto room = [&] {
    const char* found = nullptr;
    map.visit("a", [&](const std::string& value) { found = value.data(); });
    return found;
  };
  const char* const before = room();
  const std::string copied(50, 'b');
  const auto assigned = insert_result{insert_outcome::assigned, 0};
  CHECK((map.insert_or_assign("a", copied) == assigned && map.get("a") == copied));
  CHECK(
      (map.insert_or_assign("a", std::string_view("view")) == assigned && map.get("a") == "view"));
  CHECK((map.insert_or_assign("a", "array") == assigned && map.get("a") == "array"));
  const char* const pointer = "pointer";
  CHECK((map.insert_or_assign("a", pointer) == assigned && map.get("a") == "pointer"));
  CHECK(room() == before);
  CHECK((map.insert_or_assign("a", std::string(60, 'c')) == assigned));
  CHECK(map.get("a") == std::string(60, 'c'));
}

TEST_CASE("a string that is overwritten by what its conversion makes", "[2]") {
  struct to_string {
    operator std::string() const { return "converted"; }
  };
  struct to_pointer {
    operator const char*() const { return "pointed to"; }
  };
  map_type map;
  map.insert("a", "1");
  CHECK(map.insert_or_assign("a", to_string{}) == insert_result{insert_outcome::assigned, 0});
  CHECK(map.get("a") == "converted");
  CHECK(map.insert_or_assign("a", to_pointer{}) == insert_result{insert_outcome::assigned, 0});
  CHECK(map.get("a") == "pointed to");
}

// An allocator of one's own is one's own code.
template <class T>
struct telling_allocator : std::allocator<T> {
  static inline std::function<void()> tell;
  template <class Other>
  struct rebind {
    using other = telling_allocator<Other>;
  };
  void deallocate(T* memory, std::size_t count) {
    if (tell) tell();
    std::allocator<T>::deallocate(memory, count);
  }
};

TEST_CASE("an allocator may call the map when a string is overwritten", "[2][6.1]") {
  using string = std::basic_string<char, std::char_traits<char>, telling_allocator<char>>;
  waitmap::wait_map<int, string> map;
  map.insert(1, string(100, 'a'));
  int calls = 0;
  telling_allocator<char>::tell = [&] { calls += map.contains(1); };
  const string longer(1000, 'b');
  CHECK(map.insert_or_assign(1, longer).outcome == insert_outcome::assigned);
  telling_allocator<char>::tell = nullptr;
  CHECK(calls == 1);
  CHECK(map.get(1) == longer);
}

TEST_CASE("exchange stores under an absent key and returns nothing", "[2]") {
  map_type map;
  CHECK_FALSE(map.exchange("a", "1"));
  CHECK(map.get("a") == "1");
}

TEST_CASE("exchange overwrites and returns the old value", "[2]") {
  map_type map;
  map.insert("a", "1");
  CHECK(map.exchange("a", "2") == "1");
  CHECK(map.get("a") == "2");
}

TEST_CASE("exchange returns a value that can only be moved", "[2][6.5]") {
  waitmap::wait_map<int, std::unique_ptr<int>> map;
  map.insert(1, std::make_unique<int>(10));
  std::optional<std::unique_ptr<int>> old = map.exchange(1, std::make_unique<int>(20));
  REQUIRE(old);
  CHECK(**old == 10);
}

}  // namespace assign_test
