// Where an operation cannot begin, its handler is told, or the initiating function throws; never both.
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "asio/net.hpp"
#include "support/counted.hpp"
#include "support/failing.hpp"
#include "support/fragile.hpp"

namespace failing_test {

using support::step;

using key = support::fragile<support::fragile_moves::never_throws>;
using map_type = waitmap::wait_map<key, int, support::fragile_hash, support::fragile_equal>;

struct tally {
  int thrown = 0;
  int told = 0;
};

// Initiates an operation with each of its steps of the kind failing in turn, until none does.
// begin(map, handler) has the handler called with an error.
template <class Begin>
tally fail_each(step kind, Begin begin) {
  tally seen;
  for (std::size_t n = 0;; ++n) {
    map_type map(waitmap::options{.capacity = 10, .shards = 1});
    net::io_context context;
    int calls = 0;
    error_code error;
    bool threw = false;
    bool failed = false;
    {
      const support::failing one(kind, n);
      try {
        begin(map, context, [&](error_code why) {
          ++calls;
          error = why;
        });
      } catch (const support::step_failed&) {
        threw = true;
      }
      failed = one.has_failed();
    }
    context.poll();
    if (!failed) break;
    REQUIRE(calls + threw == 1);
    CHECK(map.waiting() == 0);
    if (calls == 1) CHECK(error);
    (threw ? seen.thrown : seen.told) += 1;
  }
  return seen;
}

TEST_CASE("a wait that cannot be registered tells its handler or throws", "[6.2]") {
  const auto begin = [](map_type& map, net::io_context& context, auto tell) {
    async_wait(
        map, key(1),
        net::bind_executor(context, [tell](error_code why, std::optional<int> value) mutable {
          CHECK_FALSE(value);
          tell(why);
        }));
  };
  for (const step kind : {step::copy, step::hash}) {
    const tally seen = fail_each(kind, begin);
    CHECK(seen.thrown + seen.told > 0);
    CHECK(seen.told > 0);
  }
}

TEST_CASE("a wait for several keys that cannot be registered tells its handler or throws",
          "[6.2]") {
  const auto keys = [] {
    std::vector<key> made;
    made.emplace_back(1);
    made.emplace_back(2);
    return made;
  };
  const auto all = [keys](map_type& map, net::io_context& context, auto tell) {
    async_wait_all(
        map, keys(),
        net::bind_executor(context, [tell](error_code why, const auto& outcomes) mutable {
          CHECK(outcomes.empty());
          tell(why);
        }));
  };
  const auto any = [keys](map_type& map, net::io_context& context, auto tell) {
    async_wait_any(map, keys(),
                   net::bind_executor(context, [tell](error_code why, const auto& first) mutable {
                     CHECK(first.index == first.no_key);
                     CHECK(first.outcome.error());
                     tell(why);
                   }));
  };
  CHECK(fail_each(step::copy, all).told > 0);
  CHECK(fail_each(step::copy, any).told > 0);
}

// The slot of a handler that finds no room for what is to be called.
struct full_slot {
  bool is_connected() const noexcept { return true; }
  template <class Function, class... Args>
  Function& emplace(Args&&...) {
    throw support::step_failed{step::allocation};
  }
  void clear() noexcept {}
};
struct handler_with_full_slot {
  using cancellation_slot_type = full_slot;
  full_slot get_cancellation_slot() const noexcept { return {}; }
  void operator()(error_code, std::optional<int>) const { ++*calls; }
  int* calls;
  std::shared_ptr<int> kept;
};

TEST_CASE("an operation whose cancellation slot has no room throws, and keeps no handler",
          "[6.2]") {
  int_map map;
  int calls = 0;
  const auto kept = std::make_shared<int>(1);
  CHECK_THROWS_AS(async_wait(map, "key", handler_with_full_slot{&calls, kept}),
                  support::step_failed);
  CHECK(kept.use_count() == 1);
  CHECK(map.waiting() == 0);
  map.insert("key", 1);
  CHECK(calls == 0);
}

}  // namespace failing_test
