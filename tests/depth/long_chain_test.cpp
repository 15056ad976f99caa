// Rule 5.3: zero bytes of stack per link.
#include <memory>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"
#include "support/stack.hpp"

namespace long_chain_test {

using map_type = waitmap::wait_map<int, int>;

struct chain {
  map_type map;
  int links = 0;
  int run = 0;
  support::stack_meter stack;
};

// Waits for its number, sets the next link up, and gives it its number. Only a few links exist at a time.
support::detached growing_link(chain& whole, int number) {
  auto value = co_await whole.map.take(number);
  whole.stack.look();
  ++whole.run;
  if (*value + 1 < whole.links) {
    growing_link(whole, number + 1);
    whole.map.insert(number + 1, *value + 1);
  }
}

// Waits for its number and gives the next link, which waits already, its own.
support::detached waiting_link(chain& whole, int number) {
  auto value = co_await whole.map.wait(number);
  whole.stack.look();
  ++whole.run;
  whole.map.insert(number + 1, *value + 1);
}

TEST_CASE("a chain of 10,000,000 links, each started by the one before, runs in constant stack",
          "[5.3]") {
  const auto whole = std::make_unique<chain>();
  whole->links = 10'000'000 / support::slowness;

  growing_link(*whole, 0);
  whole->map.insert(0, 0);

  CHECK(whole->run == whole->links);
  CHECK(whole->stack.used() < 4096);
  CHECK(whole->map.empty());
  CHECK(whole->map.waiting() == 0);
}

TEST_CASE("a chain of 1,000,000 links that all wait runs in constant stack", "[5.3]") {
  const auto whole = std::make_unique<chain>();
  whole->links = 1'000'000 / support::slowness;
  for (int number = 0; number < whole->links; ++number) waiting_link(*whole, number);
  REQUIRE(whole->map.waiting() == static_cast<std::size_t>(whole->links));

  whole->map.insert(0, 0);

  CHECK(whole->run == whole->links);
  CHECK(whole->stack.used() < 4096);
  CHECK(whole->map.get(whole->links) == whole->links);
}

TEST_CASE("a chain broken by a cancelled first link unwinds in constant stack", "[5.3]") {
  struct falling {
    static support::detached link(chain& whole, int number) {
      auto value = co_await whole.map.wait(number);
      whole.stack.look();
      if (!value) ++whole.run;
      whole.map.cancel(number + 1);
    }
  };
  const auto whole = std::make_unique<chain>();
  whole->links = 1'000'000 / support::slowness;
  for (int number = 0; number < whole->links; ++number) falling::link(*whole, number);

  whole->map.cancel(0);

  CHECK(whole->run == whole->links);
  CHECK(whole->stack.used() < 4096);
}

}  // namespace long_chain_test
