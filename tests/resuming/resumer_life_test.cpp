// A resumed coroutine ended the life of the map, and the others were handed to a resumer that was gone (5.2).
#include <coroutine>
#include <memory>
#include <optional>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace resumer_life_test {

// Keeps what it calls on the heap, so that a use behind its end is seen.
struct counting_resumer {
  std::shared_ptr<std::vector<int>> calls = std::make_shared<std::vector<int>>();
  int number = 0;
  void operator()(std::coroutine_handle<> coroutine) {
    coroutine.resume();
    calls->push_back(++number);
  }
};
// Neither copies nor moves but once, into the map.
struct unique_resumer {
  std::unique_ptr<int> calls = std::make_unique<int>(0);
  void operator()(std::coroutine_handle<> coroutine) {
    coroutine.resume();
    ++*calls;
  }
};

template <class Resumer>
struct policy : waitmap::default_policy {
  using resumer = Resumer;
};
template <class Resumer>
using map_of = waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>,
                                 policy<Resumer>>;

template <class Map>
support::owned end(std::optional<Map>& map, int& resumed) {
  auto value = co_await map->wait(1);
  if (value == 10) ++resumed;
  map.reset();
}

TEMPLATE_TEST_CASE("a resumer lives until the call that uses it has resumed all", "[5.2][3.3]",
                   counting_resumer, unique_resumer) {
  std::optional<map_of<TestType>> map(std::in_place, TestType());
  int resumed = 0;
  std::vector<support::owned> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(end(map, resumed));
  SECTION("by an insert") {
    map->insert(1, 10);
    CHECK(resumed == 4);
  }
  SECTION("by the end of all waits") {
    CHECK(map->cancel_all() == 4);
    CHECK(resumed == 0);
  }
  CHECK_FALSE(map);
}

TEST_CASE("a resumer is one object, whatever it is used by", "[5.2]") {
  counting_resumer resumer;
  map_of<counting_resumer> map(resumer);
  const auto wait = [](auto& where, int key) -> support::owned {
    auto value = co_await where.wait(key);
    (void)value;
  };
  const auto one = wait(map, 1);
  const auto two = wait(map, 2);
  map.insert(1, 10);
  map.cancel(2);
  CHECK(*resumer.calls == std::vector<int>{1, 2});
}

}  // namespace resumer_life_test
