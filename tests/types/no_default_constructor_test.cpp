// 6.5: V and K without default constructors.
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"

namespace no_default_constructor_test {

struct key_tag;
using key_type = support::counted<support::moving::never_throws, key_tag>;
using value_type = support::counted<>;
using map_type = waitmap::wait_map<key_type, value_type>;
using result_type = std::optional<std::optional<value_type>>;

TEST_CASE("keys and values need no default constructor", "[6.5]") {
  key_type::reset();
  value_type::reset();
  {
    map_type map;
    const key_type key(1);
    result_type waited;
    result_type taken;
    auto waiting = map.wait(key);
    support::await_into(waiting, waited);
    CHECK(map.insert(key, value_type(10)).resumed == 1);
    CHECK(map.get(key)->number() == 10);
    CHECK(map.exchange(key, value_type(20))->number() == 10);
    auto taking = map.take(key);
    support::await_into(taking, taken);
    REQUIRE(waited);
    REQUIRE(taken);
    CHECK((**waited).number() == 10);
    CHECK((**taken).number() == 20);
    map.try_emplace(key_type(2), 30);
  }
  CHECK(key_type::alive == 0);
  CHECK(value_type::alive == 0);
}

TEST_CASE("every value that a map made is destroyed once", "[6.5]") {
  value_type::reset();
  {
    waitmap::wait_map<int, value_type> map;
    for (int key = 0; key < 1000; ++key) map.try_emplace(key, key);  // grows its tables meanwhile
    CHECK(value_type::alive == 1000);
    for (int key = 0; key < 100; ++key) map.erase(key);
    CHECK(value_type::alive == 900);
    for (int key = 100; key < 200; ++key) map.insert_or_assign(key, value_type(0));
    CHECK(value_type::alive == 900);
    for (int key = 200; key < 300; ++key) map.update(key, [](auto& entry) { entry.erase(); });
    CHECK(value_type::alive == 800);
    map.shrink_to_fit();
    CHECK(value_type::alive == 800);
    CHECK(value_type::copies == 0);
  }
  CHECK(value_type::alive == 0);
}

}  // namespace no_default_constructor_test
