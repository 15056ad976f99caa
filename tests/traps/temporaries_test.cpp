// g++ 12 destroys some temporaries of a co_await expression twice: closures that capture by move, aggregates,
// braced ones. Our operations have constructors of their own; what is given to them is named first. These
// forms destroy everything once.
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"
#include "traps/awaits.hpp"

namespace temporaries_test {

using map_type = waitmap::wait_map<std::string, int>;
using traps::owner;

support::owned named_closure(map_type& map, int& alive, int& got) {
  auto look = [mine = owner(alive)](int value) { return value + *mine; };
  auto value = co_await map.wait_with("k", std::move(look));
  if (value) got = *value;
}

support::owned named_operation(map_type& map, int& alive, int& got) {
  auto operation = map.wait_with("k", [mine = owner(alive)](int value) { return value + *mine; });
  auto value = co_await operation;
  if (value) got = *value;
}

support::owned text_as_temporary(map_type& map, int& got) {
  auto value = co_await map.wait(std::string("k") + std::string(40, 'x'));
  if (value) got = *value;
}

struct point {  // an aggregate
  std::string name;
  int number;
  friend bool operator==(const point&, const point&) = default;
  template <class State>
  friend State AbslHashValue(State state, const point& key) {
    return State::combine(std::move(state), key.name, key.number);
  }
};
using point_map = waitmap::wait_map<point, int>;

support::owned named_aggregate(point_map& map, int& got) {
  point key{std::string(40, 'x'), 1};
  auto value = co_await map.wait(std::move(key));
  if (value) got = *value;
}

support::owned aggregate_in_operation(point_map& map, int& got) {
  auto operation = map.wait(point{std::string(40, 'x'), 1});
  auto value = co_await operation;
  if (value) got = *value;
}

#if !defined(__GNUC__) || defined(__clang__) || __GNUC__ >= 13
support::owned closure_as_temporary(map_type& map, int& alive, int& got) {
  auto value =
      co_await map.wait_with("k", [mine = owner(alive)](int given) { return given + *mine; });
  if (value) got = *value;
}
#endif

TEST_CASE("a named closure that owns something is destroyed once", "[6.7]") {
  int alive = 0, got = 0;
  map_type map;
  {
    const support::owned waiter = named_closure(map, alive, got);
    CHECK(alive > 0);
    map.insert("k", 1);
  }
  CHECK(got == 8);
  CHECK(alive == 0);
}

TEST_CASE("an operation awaited as an lvalue destroys its closure once", "[6.7]") {
  int alive = 0, got = 0;
  map_type map;
  {
    const support::owned waiter = named_operation(map, alive, got);
    map.insert("k", 1);
  }
  CHECK(got == 8);
  CHECK(alive == 0);
}

TEST_CASE("an operation that is destroyed while it waits destroys its closure once", "[6.7]") {
  int alive = 0, got = 0;
  map_type map;
  {
    const support::owned waiter = named_operation(map, alive, got);
  }
  CHECK(got == 0);
  CHECK(alive == 0);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a temporary text is a key that lives as long as the wait", "[6.7]") {
  int got = 0;
  map_type map;
  const support::owned waiter = text_as_temporary(map, got);
  map.insert("k" + std::string(40, 'x'), 3);
  CHECK(got == 3);
}

TEST_CASE("an aggregate key that has a name is moved into the wait", "[6.7]") {
  int got = 0, got_too = 0;
  point_map map;
  const support::owned waiter = named_aggregate(map, got);
  const support::owned other = aggregate_in_operation(map, got_too);
  CHECK(map.waiting() == 2);
  map.insert(point{std::string(40, 'x'), 1}, 3);
  CHECK(got == 3);
  CHECK(got_too == 3);
}

#if !defined(__GNUC__) || defined(__clang__) || __GNUC__ >= 13
TEST_CASE("a temporary closure that owns something is destroyed once, but by g++ 12", "[6.7]") {
  int alive = 0, got = 0;
  map_type map;
  {
    const support::owned waiter = closure_as_temporary(map, alive, got);
    map.insert("k", 1);
  }
  CHECK(got == 8);
  CHECK(alive == 0);
}
#endif

}  // namespace temporaries_test
