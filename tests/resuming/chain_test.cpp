#include <cstdint>
#include <memory>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/small_stack.hpp"
#include "support/spawn.hpp"

namespace chain_test {

using map_type = waitmap::wait_map<int, int>;

constexpr int links = 1'000'000;

// How far down the stack the links reach.
struct depth {
  std::uintptr_t first = 0;
  std::uintptr_t largest = 0;

#if defined(__GNUC__)
  __attribute__((noinline))
#endif
  void
  note() {
    const auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    if (first == 0) first = here;
    const std::uintptr_t distance = here < first ? first - here : here - first;
    if (distance > largest) largest = distance;
  }
};

support::detached link(map_type& map, int number, depth& stack) {
  auto value = co_await map.wait(number);
  stack.note();
  map.insert(number + 1, *value + 1);
}

support::detached cancelled_link(map_type& map, int number, depth& stack) {
  auto value = co_await map.take(number);
  stack.note();
  if (!value) map.cancel(number + 1);
}

support::detached stopped_link(map_type& map, std::vector<support::own_stop_source>& sources,
                               int number, depth& stack) {
  auto value = co_await map.wait(number, sources[static_cast<std::size_t>(number)].get_token());
  stack.note();
  if (!value) sources[static_cast<std::size_t>(number) + 1].request_stop();
}

TEST_CASE("a chain of a million inserts uses no stack per link", "[5.3]") {
  map_type map;
  depth stack;
  support::on_small_stack([&] {
    for (int i = 0; i < links; ++i) link(map, i, stack);
    map.insert(0, 0);
  });
  CHECK(map.get(links) == links);
  CHECK(map.waiting() == 0);
  CHECK(stack.largest == 0);
}

TEST_CASE("a chain of a million cancels uses no stack per link", "[5.3]") {
  map_type map;
  depth stack;
  support::on_small_stack([&] {
    for (int i = 0; i < links; ++i) cancelled_link(map, i, stack);
    map.cancel(0);
  });
  CHECK(map.waiting() == 0);
  CHECK(stack.largest == 0);
}

TEST_CASE("a chain of stop requests uses no stack per link", "[5.3][3.8]") {
  constexpr int stops = 100'000;
  map_type map;
  depth stack;
  std::vector<support::own_stop_source> sources(stops + 1);
  support::on_small_stack([&] {
    for (int i = 0; i < stops; ++i) stopped_link(map, sources, i, stack);
    sources[0].request_stop();
  });
  CHECK(map.waiting() == 0);
  CHECK(stack.largest < 4096);  // the first runs in a stop callback, the others are queued by it
}

}  // namespace chain_test
