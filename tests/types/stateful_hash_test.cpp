// 6.5: stateful hashers and equalities.
#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace stateful_hash_test {

// Insert, wait, erase, clear, with so many keys that tables grow.
template <class Map>
void works(Map& map) {
  for (int key = 0; key < 1000; ++key) CHECK(map.insert(key, -key));
  for (int key = 0; key < 1000; ++key) CHECK(map.get(key) == -key);
  CHECK(map.erase(7));
  auto operation = map.wait(7);
  std::optional<std::optional<int>> result;
  support::await_into(operation, result);
  map.insert(7, 70);
  CHECK(result == std::optional(70));
  map.shrink_to_fit();
  map.clear();
  CHECK(map.empty());
  CHECK(map.insert(1, 1));
}

struct salted_hash {
  explicit salted_hash(std::size_t chosen) : salt(chosen) {}  // no default constructor
  std::size_t operator()(int key) const {
    return std::hash<std::size_t>{}(static_cast<std::size_t>(key) + salt);
  }
  std::size_t salt;
};
struct modulo_equal {
  explicit modulo_equal(int chosen) : modulus(chosen) {}
  bool operator()(int left, int right) const { return left % modulus == right % modulus; }
  int modulus;
};

TEST_CASE("a hash and an equality with state work", "[6.5]") {
  waitmap::wait_map<int, int, salted_hash, modulo_equal> map({}, salted_hash(42),
                                                             modulo_equal(1000000));
  works(map);
}

// Can be copied but not assigned, like a lambda with captures.
struct counting_hash {
  int& calls;
  std::size_t operator()(int key) const {
    ++calls;
    return static_cast<std::size_t>(key);
  }
};
struct counting_equal {
  int& calls;
  bool operator()(int left, int right) const {
    ++calls;
    return left == right;
  }
};

TEST_CASE("a hash and an equality that refer to something work", "[6.5]") {
  int hashes = 0;
  int comparisons = 0;
  waitmap::wait_map<int, int, counting_hash, counting_equal> map({}, {hashes}, {comparisons});
  works(map);
  CHECK(hashes > 0);
  CHECK(comparisons > 0);
}

TEST_CASE("lambdas work as hash and equality", "[6.5]") {
  std::size_t salt = 42;
  const auto hash = [salt](int key) { return static_cast<std::size_t>(key) ^ salt; };
  const auto equal = [salt](int left, int right) { return salt == 42 && left == right; };
  waitmap::wait_map<int, int, decltype(hash), decltype(equal)> map({}, hash, equal);
  works(map);
}

std::size_t plain_hash(const int& key) { return static_cast<std::size_t>(key); }
bool plain_equal(const int& left, const int& right) { return left == right; }

TEST_CASE("plain functions work as hash and equality", "[6.5]") {
  waitmap::wait_map<int, int, std::size_t (*)(const int&), bool (*)(const int&, const int&)> map(
      {}, &plain_hash, &plain_equal);
  works(map);
}

TEST_CASE("std::function works as hash and equality", "[6.5]") {
  waitmap::wait_map<int, int, std::function<std::size_t(int)>, std::function<bool(int, int)>> map(
      {}, &plain_hash, &plain_equal);
  works(map);
}

TEST_CASE("std::hash and std::equal_to work", "[6.5]") {
  waitmap::wait_map<int, int, std::hash<int>, std::equal_to<int>> map;
  works(map);
  waitmap::wait_map<std::string, int, std::hash<std::string>, std::equal_to<>> strings;
  CHECK(strings.insert("key", 1));
  CHECK(strings.get("key") == 1);
}

// Hash and equality may be one type, and final.
struct both final {
  std::size_t operator()(int key) const { return static_cast<std::size_t>(key); }
  bool operator()(int left, int right) const { return left == right; }
};
TEST_CASE("one type works as hash and equality", "[6.5]") {
  waitmap::wait_map<int, int, both, both> map;
  works(map);
}

}  // namespace stateful_hash_test
