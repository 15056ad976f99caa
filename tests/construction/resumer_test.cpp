// 1.6: construction from a resumer alone, or with a resumer behind the rest.
#include <coroutine>
#include <optional>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace resumer_test {

// Has no default constructor: the map takes the one that it is given.
struct keeping_resumer {
  explicit keeping_resumer(std::vector<std::coroutine_handle<>>& place) : kept(&place) {}
  void operator()(std::coroutine_handle<> coroutine) const { kept->push_back(coroutine); }
  std::vector<std::coroutine_handle<>>* kept;
};
struct keeping_policy : waitmap::default_policy {
  using resumer = keeping_resumer;
};
using map_type = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                   waitmap::default_equal<int>, keeping_policy>;

void uses_its_resumer(map_type& map, std::vector<std::coroutine_handle<>>& kept) {
  auto operation = map.wait(1);
  std::optional<std::optional<int>> result;
  support::await_into(operation, result);
  CHECK(map.insert(1, 5).resumed == 1);
  REQUIRE(kept.size() == 1);
  CHECK_FALSE(result);
  kept[0].resume();
  CHECK(result == std::optional(5));
}

TEST_CASE("a map is made from a resumer alone", "[1.6]") {
  std::vector<std::coroutine_handle<>> kept;
  map_type map{keeping_resumer(kept)};
  uses_its_resumer(map, kept);
}

TEST_CASE("a map is made from options, hash, equality and resumer", "[1.6]") {
  std::vector<std::coroutine_handle<>> kept;
  map_type map({}, {}, {}, keeping_resumer(kept));
  uses_its_resumer(map, kept);
}

}  // namespace resumer_test
