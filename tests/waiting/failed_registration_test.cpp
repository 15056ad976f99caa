// 6.2: a wait that could not be registered is as it was before: not linked, not heard by its stop token, and it may
// be awaited again.
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/fragile.hpp"
#include "support/own_stop_source.hpp"
#include "support/spawn.hpp"

namespace failed_registration_test {

using key = support::fragile<support::fragile_moves::never_throws>;
using map_type = waitmap::wait_map<key, int, support::fragile_hash, support::fragile_equal>;
using support::step;

struct seen {
  bool threw = false;
  std::size_t callbacks = 99;  // of the stop token, after the throw
  std::optional<int> value;
};

// Awaits what make() returns twice; the first time a step of the kind fails.
template <class Make>
support::detached await_twice(Make make, step kind, support::own_stop_source& source, seen& what) {
  auto operation = make();
  try {
    const support::failing one(kind, 0);
    auto value = co_await operation;
    static_cast<void>(value);
  } catch (const support::step_failed&) {
    what.threw = true;
  }
  what.callbacks = source.callbacks();
  auto value = co_await operation;
  what.value = value;
}

TEST_CASE("a wait that could not be registered is not armed, and may be awaited again",
          "[6.2][3.8]") {
  const step kind = GENERATE(step::hash, step::comparison, step::copy);
  const bool takes = GENERATE(false, true);
  map_type map(waitmap::options{.capacity = 10, .shards = 1});
  map.insert(key(2), 20);  // to compare with
  support::own_stop_source source;
  const key one(1);
  seen what;
  if (takes) {
    await_twice([&] { return map.take(one, source.get_token()); }, kind, source, what);
  } else {
    await_twice([&] { return map.wait(one, source.get_token()); }, kind, source, what);
  }
  CHECK(what.threw);
  CHECK(what.callbacks == 0);
  CHECK(map.waiting() == 1);
  CHECK(source.callbacks() == 1);
  map.insert(key(1), 10);
  CHECK(what.value == 10);
  CHECK(source.callbacks() == 0);
}

}  // namespace failed_registration_test
