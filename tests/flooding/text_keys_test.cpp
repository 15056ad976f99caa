// 6.8: for string keys the hash is transparent, as default_hash is.
#include <cstddef>
#include <string>
#include <string_view>

#include <wait_map/flood_resistant_hash.hpp>
#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace text_keys_test {

using map_type = waitmap::wait_map<std::string, int, waitmap::flood_resistant_hash<std::string>>;

template <class Key>
concept transparent_for = requires(const waitmap::flood_resistant_hash<Key>& hash) {
  typename waitmap::flood_resistant_hash<Key>::is_transparent;
  typename waitmap::flood_resistant_hash<Key>::is_avalanching;
  hash(std::string_view());
};
static_assert(transparent_for<std::string>);
static_assert(transparent_for<std::string_view>);

TEST_CASE("strings, views and literals of the same text have one hash", "[6.8]") {
  const waitmap::flood_resistant_hash<std::string> hash;
  const std::string text = "Rosa Luxemburg";
  CHECK(hash(text) == hash("Rosa Luxemburg"));
  CHECK(hash(text) == hash(std::string_view("Rosa Luxemburg, born 1871").substr(0, 14)));
  CHECK(hash(text) != hash("Rosa Luxemburh"));
  CHECK(hash(std::string_view("a\0", 2)) != hash("a"));
}

TEST_CASE("a flood-resistant map is looked up, and waited on, by view and literal", "[6.8]") {
  map_type map;
  auto waiting = map.wait(std::string_view("born, not made").substr(0, 4));
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  map.insert("born", 1871);
  CHECK(result == std::optional(1871));
  CHECK(map.get(std::string_view("born")) == 1871);
  CHECK(map.erase("born"));
}

}  // namespace text_keys_test
