// 6.5: a V that is incomplete where the map type is named.
#include <memory>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace recursive_value_test {

struct node;
using map_type = waitmap::wait_map<int, node>;

struct node {
  int number = 0;
  waitmap::wait_map<int, node>* siblings = nullptr;
  std::shared_ptr<map_type> children = nullptr;
};

TEST_CASE("a value may refer to maps of its own type", "[6.5]") {
  map_type map;
  map.insert(1, node{10, &map, std::make_shared<map_type>()});
  CHECK(map.get(1)->siblings == &map);

  const auto children = map.get(1)->children;
  auto operation = children->wait(2);
  std::optional<std::optional<node>> result;
  support::await_into(operation, result);
  map.visit(1, [](const node& parent) { parent.children->insert(2, node{20}); });
  REQUIRE(result);
  CHECK((**result).number == 20);
}

}  // namespace recursive_value_test
