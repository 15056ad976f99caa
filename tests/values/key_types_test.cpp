// 2: every function takes any key type that the hash and the equality accept; a K is made only for a slot.
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/named.hpp"

namespace key_types_test {

// Calls every function that takes a key.
template <class Map, class Given>
void every_function_takes(Map& map, const Given& key) {
  CHECK(map.insert(key, 1));
  CHECK(map.get(key) == 1);
  CHECK(map.contains(key));
  CHECK(map.visit(key, [](const int& value) { CHECK(value == 1); }));
  CHECK(map.modify(key, [](int& value) { value = 2; }));
  CHECK(map.insert_or_assign(key, 3));
  CHECK(map.exchange(key, 4) == 3);
  CHECK(map.update(key, [](auto& entry) { return *entry; }) == 4);
  CHECK_FALSE(map.erase_if(key, [](const int&) { return false; }));
  CHECK(map.extract(key) == 4);
  CHECK(map.try_emplace(key, 5));
  CHECK(map.erase(key));
  CHECK(map.update(key, [](auto& entry) { return entry.emplace(6); }));
  CHECK(map.erase(key));
  CHECK(map.insert_or_assign(key, 7));
  CHECK(map.erase(key));
  CHECK_FALSE(map.exchange(key, 8));
  CHECK(map.erase(key));

  std::optional<std::optional<int>> result;
  {
    auto operation = map.wait(key);
    support::await_into(operation, result);
    CHECK(map.waiting(key) == 1);
    CHECK(map.cancel(key) == 1);
  }
  {
    auto operation = map.take(key);
    support::await_into(operation, result);
    CHECK(map.deliver(key, 9).resumed == 1);
    CHECK(result == std::optional(9));
  }
  {
    auto operation = map.wait_with(key, [](const int& value) { return value; });
    support::await_into(operation, result);
    CHECK(map.insert(key, 10).resumed == 1);
    CHECK(result == std::optional(10));
  }
  {
    auto operation = map.wait_modify(key, [](int& value) { return ++value; });
    support::await_into(operation, result);
    CHECK(result == std::optional(11));
  }
  CHECK(map.fail(key, std::make_exception_ptr(1)) == 0);
  CHECK(map.erase(key));
}

TEST_CASE("a string key is given as a string, a view, a literal or a pointer", "[2]") {
  waitmap::wait_map<std::string, int> map;
  every_function_takes(map, std::string("key"));
  every_function_takes(map, std::string_view("key"));
  every_function_takes(map, "key");
  const char* pointer = "key";
  every_function_takes(map, pointer);
}

TEST_CASE("all forms of a string are the same key", "[2]") {
  waitmap::wait_map<std::string, int> map;
  map.insert("key", 1);
  const char in_a_longer_array[10] = "key";
  char array[] = "key";
  CHECK(map.get(std::string("key")) == 1);
  CHECK(map.get(std::string_view("keys").substr(0, 3)) == 1);
  CHECK(map.get(in_a_longer_array) == 1);
  CHECK(map.get(array) == 1);
  CHECK_FALSE(map.insert(std::string_view("key"), 2));
}

TEST_CASE("a string key with a null character is looked up whole", "[2]") {
  waitmap::wait_map<std::string, int> map;
  map.insert(std::string("a\0b", 3), 1);
  CHECK(map.get(std::string_view("a\0b", 3)) == 1);
  CHECK_FALSE(map.contains("a"));
}

TEST_CASE("a key that is a view is given as a string or a literal", "[2]") {
  waitmap::wait_map<std::string_view, int> map;
  const std::string kept_alive = "key";
  every_function_takes(map, kept_alive);
  every_function_takes(map, "key");
}

TEST_CASE("a number key is given as another number", "[2]") {
  waitmap::wait_map<long, int> map;
  every_function_takes(map, 42);
  every_function_takes(map, short{42});
  every_function_takes(map, 42u);
}

TEST_CASE("a key is given as what converts to it", "[2]") {
  waitmap::wait_map<support::named, int> map;
  every_function_takes(map, 42);
  map.insert(1, 1);
  CHECK(map.contains(support::named(1)));
}

// A hash and equality of one's own that accept a key of another type, which does not convert to Key.
struct person {
  explicit person(int number) : id(number) { ++made; }
  person(const person& other) : id(other.id) { ++made; }
  person(person&& other) noexcept : id(other.id) {}
  int id;
  static inline int made = 0;
};
struct person_hash {
  using is_transparent = void;
  std::size_t operator()(const person& key) const { return (*this)(key.id); }
  std::size_t operator()(int id) const { return std::hash<int>{}(id); }
};
struct person_equal {
  using is_transparent = void;
  bool operator()(const person& left, const person& right) const { return left.id == right.id; }
  bool operator()(const person& left, int right) const { return left.id == right; }
};

TEST_CASE("a transparent hash and equality of one's own accept their keys", "[2]") {
  waitmap::wait_map<person, int, person_hash, person_equal> map;
  every_function_takes(map, 42);
}

TEST_CASE("a look-up by another type makes no key", "[2]") {
  waitmap::wait_map<person, int, person_hash, person_equal> map;
  map.insert(42, 1);
  CHECK(person::made > 0);
  person::made = 0;
  CHECK(map.contains(42));
  CHECK_FALSE(map.contains(43));
  CHECK_FALSE(map.insert(42, 2));
  CHECK(map.modify(42, [](int&) {}));
  CHECK(map.update(42, [](auto& entry) { return entry.assign(3); }));
  CHECK_FALSE(map.update(43, [](auto& entry) { return entry.has_value(); }));
  CHECK(map.erase(42));
  CHECK(person::made == 0);
}

TEST_CASE("a number given as a key is what a parameter of the key's type would be", "[2.6]") {
  waitmap::wait_map<std::uint16_t, int> map;
  CHECK(map.insert(7, 70));
  CHECK(map.get(7) == 70);
  CHECK(map.get({7}) == 70);
  CHECK(map.get('\7') == 70);
  CHECK(map.get(std::integral_constant<std::uint8_t, 7>()) == 70);
  CHECK_FALSE(map.contains({}));
  CHECK(map.insert({}, 0));
  CHECK(map.contains(false));
  std::vector<std::uint8_t> small{7};
  std::optional<std::vector<waitmap::wait_outcome<int>>> outcomes;
  auto waiting = map.wait_all(small);
  support::await_into(waiting, outcomes);
  REQUIRE(outcomes);
  CHECK(*outcomes->front() == 70);
}

}  // namespace key_types_test
