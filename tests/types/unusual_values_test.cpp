// 6.5: values of unusual types.
#include <any>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace unusual_values_test {

// Goes through every way in and out of a map.
template <class Value, class Equal>
void comes_out_as_it_went_in(const Value& first, const Value& second, Equal&& equal) {
  using result_type = std::optional<std::optional<Value>>;
  waitmap::wait_map<int, Value> map;
  const auto is = [&](const std::optional<Value>& found, const Value& expected) {
    return found.has_value() && equal(*found, expected);
  };

  CHECK(map.insert(1, first));
  CHECK(is(map.get(1), first));
  CHECK(map.insert_or_assign(1, second));
  CHECK(is(map.exchange(1, first), second));
  map.update(1, [&](auto& entry) { entry.assign(second), entry.erase(), entry.emplace(first); });
  CHECK(is(map.extract(1), first));

  auto waiting = map.wait(1);
  auto taking = map.take(1);
  result_type waited;
  result_type taken;
  support::await_into(waiting, waited);
  support::await_into(taking, taken);
  CHECK(map.insert(1, second).resumed == 2);
  REQUIRE(waited);
  REQUIRE(taken);
  CHECK(is(*waited, second));
  CHECK(is(*taken, second));

  auto returning = map.wait_with(1, [](const Value& value) { return value; });
  result_type returned;
  support::await_into(returning, returned);
  CHECK(map.deliver(1, first).resumed == 1);
  REQUIRE(returned);
  CHECK(is(*returned, first));

  for (int key = 0; key < 100; ++key) map.insert(key, key % 2 == 0 ? first : second);
  CHECK(map.erase_if([&](const int&, const Value& value) { return equal(value, second); }) == 50);
  int others = 0;
  map.for_each([&](const int&, const Value& value) { others += !equal(value, first); });
  CHECK(others == 0);
  map.clear();
}

constexpr auto same = [](const auto& left, const auto& right) { return left == right; };

TEST_CASE("a bool is a value like any other", "[6.5]") {
  comes_out_as_it_went_in(true, false, same);
  comes_out_as_it_went_in(false, true, same);
}

TEST_CASE("an empty type is a value", "[6.5]") {
  struct empty {};
  waitmap::wait_map<int, empty> map;
  CHECK(map.insert(1, empty{}));
  CHECK(map.get(1));
  CHECK_FALSE(map.get(2));
  auto operation = map.take(1);
  std::optional<std::optional<empty>> result;
  support::await_into(operation, result);
  REQUIRE(result);
  CHECK(*result);
  CHECK(map.empty());
}

TEST_CASE("a large type is a value", "[6.5]") {
  std::array<char, 10000> first{};
  std::array<char, 10000> second{};
  first.fill('1');
  second.fill('2');
  comes_out_as_it_went_in(first, second, same);
}

TEST_CASE("an optional is a value, also when it is empty", "[6.5]") {
  comes_out_as_it_went_in(std::optional<int>(), std::optional<int>(1), same);
}

TEST_CASE("std::any is a value, also when it holds one", "[6.5]") {
  comes_out_as_it_went_in(
      std::any(1), std::any(std::string("2")),
      [](const std::any& left, const std::any& right) { return left.type() == right.type(); });
}

TEST_CASE("a pointer is a value, also when it is null", "[6.5]") {
  int pointed_at = 0;
  comes_out_as_it_went_in<int*>(nullptr, &pointed_at, same);
}

// Like some smart pointers: the address of one is not to be taken with &.
struct without_address {
  explicit without_address(int n) : number(n) {}
  without_address(const without_address&) = default;
  without_address(without_address&&) noexcept = default;
  void operator&() const = delete;
  int number;
  friend bool operator==(const without_address& left, const without_address& right) {
    return left.number == right.number;
  }
};

TEST_CASE("a type with an operator& of its own is a value", "[6.5]") {
  comes_out_as_it_went_in(without_address(1), without_address(2), same);
}

}  // namespace unusual_values_test
