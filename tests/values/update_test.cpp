// 2: update, the entry API.
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"

namespace update_test {

using map_type = waitmap::wait_map<std::string, std::string>;
using entry_type = waitmap::entry<std::string>;

TEST_CASE("an entry of an absent key has no value, and testing it creates none", "[2]") {
  map_type map;
  map.update("a", [](entry_type& entry) {
    CHECK_FALSE(entry.has_value());
    CHECK_FALSE(entry);
    CHECK_FALSE(entry.closed());
    CHECK_FALSE(entry.erase());
  });
  CHECK_FALSE(map.contains("a"));
}

TEST_CASE("an entry reads and changes the value in its place", "[2]") {
  map_type map;
  map.insert("a", "1");
  map.update("a", [](entry_type& entry) {
    REQUIRE(entry);
    CHECK(*entry == "1");
    CHECK(entry->size() == 1);
    CHECK(std::as_const(entry).value() == "1");
    entry.value() += "2";
  });
  CHECK(map.get("a") == "12");
}

TEST_CASE("an entry emplaces a value where there is none", "[2]") {
  map_type map;
  map.update("a", [](entry_type& entry) {
    CHECK(entry.emplace(std::size_t{3}, 'x'));
    CHECK(*entry == "xxx");
    CHECK_FALSE(entry.emplace("other"));
  });
  CHECK(map.get("a") == "xxx");
}

TEST_CASE("an entry assigns over a value", "[2]") {
  map_type map;
  map.insert("a", "1");
  map.update("a", [](entry_type& entry) {
    CHECK(entry.assign("2"));
    CHECK(*entry == "2");
  });
  CHECK(map.get("a") == "2");
}

TEST_CASE("an entry erases its value", "[2]") {
  map_type map;
  map.insert("a", "1");
  map.update("a", [](entry_type& entry) {
    CHECK(entry.erase());
    CHECK_FALSE(entry);
    CHECK_FALSE(entry.erase());
  });
  CHECK_FALSE(map.contains("a"));
}

TEST_CASE("an entry can be changed several times and the last change counts", "[2]") {
  map_type map;
  map.insert("a", "1");
  map.update("a", [](entry_type& entry) {
    entry.assign("2"), entry.erase(), entry.emplace("3"), entry.assign(*entry + "4");
  });
  CHECK(map.get("a") == "34");
  map.update("a", [](entry_type& entry) { entry.assign("5"), entry.erase(); });
  CHECK_FALSE(map.contains("a"));
  map.update("a", [](entry_type& entry) { entry.emplace("6"), entry.erase(); });
  CHECK_FALSE(map.contains("a"));
}

TEST_CASE("update returns what its function returns, by value", "[2]") {
  map_type map;
  map.insert("a", "1");
  CHECK(map.update("a", [](entry_type& entry) { return entry->size(); }) == 1);
  const auto moved = map.update("a", [](entry_type& entry) {
    auto value = std::make_unique<std::string>(std::move(*entry));
    entry.erase();
    return value;
  });
  CHECK(*moved == "1");
  CHECK_FALSE(map.contains("a"));
  STATIC_REQUIRE(std::is_same_v<decltype(map.update(
                                    "a", [](entry_type& entry) -> std::string& { return *entry; })),
                                std::string>);
}

TEST_CASE("what a function staged in an entry is gone if it throws", "[2][6.2]") {
  map_type map;
  map.insert("a", "1");
  for (const char* key : {"a", "b"}) {
    CHECK_THROWS_AS(map.update(key,
                               [](entry_type& entry) {
                                 entry.erase(), entry.emplace("2");
                                 throw support::told_to_throw{};
                               }),
                    support::told_to_throw);
  }
  CHECK(map.get("a") == "1");
  CHECK_FALSE(map.contains("b"));
}

TEST_CASE("an entry of a closed map can be read and erased but not filled", "[2][4]") {
  map_type map;
  map.insert("a", "1");
  map.close();
  map.update("a", [](entry_type& entry) {
    CHECK(entry.closed());
    CHECK(*entry == "1");
    std::string refused = "2";
    CHECK_FALSE(entry.assign(std::move(refused)));
    CHECK(refused == "2");
    CHECK(entry.erase());
    CHECK_FALSE(entry.emplace(std::move(refused)));
    CHECK(refused == "2");
  });
  CHECK(map.empty());
}

}  // namespace update_test
