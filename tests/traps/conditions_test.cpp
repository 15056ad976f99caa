// g++ 12 loses the frame's resume function where a coroutine without variables awaits in a condition: with
// `if (co_await m.wait(k))` it crashes. The README says: `auto v = co_await ...;` first. These forms work.
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace conditions_test {

using map_type = waitmap::wait_map<int, int>;

support::detached first_then_if(map_type& map, int& got) {
  auto value = co_await map.wait(1);
  if (value) got += *value;
}

support::detached first_then_switch(map_type& map, int& got) {
  auto value = co_await map.wait(1);
  switch (value ? *value : 0) {
    case 5:
      got += 1;
      break;
    default:
      got += 100;
  }
}

support::detached declared_in_while(map_type& map, int& got) {
  while (auto value = co_await map.take(1)) got += *value;
}

support::detached declared_in_if(map_type& map, int& got) {
  if (auto value = co_await map.wait(1); value) got += *value;
}

support::detached in_a_for(map_type& map, int& got) {
  for (int i = 0; i < 3; ++i) {
    auto value = co_await map.take(1);
    if (value) got += *value;
  }
}

support::detached alone(map_type& map, int& got) {
  co_await map.wait_with(1, [&got](int value) { got += value; });
}

TEST_CASE("a value awaited first and tested then arrives", "[6.7]") {
  int got = 0;
  map_type map;
  first_then_if(map, got);
  first_then_switch(map, got);
  declared_in_if(map, got);
  alone(map, got);
  map.insert(1, 5);
  CHECK(got == 5 + 1 + 5 + 5);
}

TEST_CASE("a wait declared in the condition of a loop goes round", "[6.7]") {
  int got = 0;
  map_type map;
  declared_in_while(map, got);
  in_a_for(map, got);
  for (int i = 1; i <= 6; ++i) map.insert(1, i);
  CHECK(got == 21);
  CHECK(map.waiting() == 1);
  map.cancel(1);
}

}  // namespace conditions_test
