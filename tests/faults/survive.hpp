// survives: an operation is run with its n-th step of each kind failing, for n = 0, 1, 2 ... until none does.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <set>
#include <string>
#include <vector>

#include "faults/world.hpp"
#include "support/catch.hpp"
#include "support/failing.hpp"

namespace faults {

using support::fragile_moves;
using support::step;

// The steps in which it may fail.
inline const std::set<step> of_a_lookup = {step::hash, step::comparison};
inline const std::set<step> of_a_copy = {step::hash, step::comparison, step::copy};
inline const std::set<step> of_a_call = {step::hash, step::comparison, step::call};
inline const std::set<step> of_memory = {step::hash, step::comparison, step::allocation};
inline const std::set<step> of_slots = {step::hash, step::comparison, step::copy, step::allocation};

// What a failed operation leaves behind.
enum class leaves { all_unchanged, values_unchanged, waiters_in_order };

// Nothing but the outcome of one waiter differs, and that one failed.
inline bool one_waiter_failed(const picture& seen, const picture& expected) {
  picture mended = seen;
  int failed = 0;
  for (std::size_t i = 0; i < seen.waiters.size(); ++i) {
    if (seen.waiters[i] == expected.waiters[i]) continue;
    failed += seen.waiters[i] == note{1, "failed"};
    mended.waiters[i] = expected.waiters[i];
  }
  return failed == 1 && mended == expected;
}

// Every waiter is pending or was resumed once, and the map agrees on how many are pending.
inline bool no_waiter_is_lost(const picture& seen) {
  const auto pending = std::count_if(seen.waiters.begin(), seen.waiters.end(),
                                     [](const note& each) { return each.ends == 0; });
  const auto ended = std::count_if(seen.waiters.begin(), seen.waiters.end(),
                                   [](const note& each) { return each.ends == 1; });
  return static_cast<std::size_t>(pending) == seen.all_waiting &&
         static_cast<std::size_t>(pending + ended) == waiter_count;
}

struct tally {
  std::size_t failures = 0;   // the operation threw
  std::size_t absorbed = 0;   // a step failed, the operation succeeded
  std::size_t successes = 0;  // no step failed
};

template <fragile_moves Moves, class Prepare, class Operation>
tally fail_each(step kind, leaves what, Prepare prepare, Operation operation) {
  using here = world<Moves>;
  tally seen;

  here example;
  prepare(example);
  operation(example);
  const picture expected = example.look();

  for (std::size_t n = 0; seen.successes == 0; ++n) {
    here tried;
    prepare(tried);
    const picture before = tried.look();
    bool threw = false;
    bool failed = false;
    {
      const support::failing one(kind, n);
      try {
        operation(tried);
      } catch (const support::step_failed&) {
        threw = true;
      } catch (const std::bad_alloc&) {
        threw = true;
      }
      failed = one.has_failed();
    }
    const picture after = tried.look();
    INFO(support::name_of(kind) << " " << n);
    if (threw) {
      ++seen.failures;
      CHECK(failed);
      CHECK(no_waiter_is_lost(after));
      if (what == leaves::all_unchanged) CHECK(after == before);
      if (what == leaves::values_unchanged) CHECK(after.values == before.values);
    } else if (failed) {
      ++seen.absorbed;
      CHECK((after == expected || one_waiter_failed(after, expected)));
      CHECK(tried.answer() == example.answer());
    } else {
      ++seen.successes;
      CHECK(after == expected);
      CHECK(tried.answer() == example.answer());
    }
    // The map works on: each waiter that is left can be ended, once.
    tried.forget_wait();
    const std::size_t left = tried.look().all_waiting;
    CHECK(tried.map.close() == left);
    CHECK(no_waiter_is_lost(tried.look()));
  }
  return seen;
}

// An operation on a world, which must fail by the `expected` kinds of steps and by no others. A key or value
// whose move may throw is kept behind a pointer: then allocations and moves may fail too.
template <fragile_moves Moves, class Prepare, class Operation>
void survives(const std::string& name, const std::set<step>& expected, Prepare prepare,
              Operation operation, leaves what = leaves::all_unchanged) {
  INFO(name);
  for (const step kind : support::all_steps) {
    INFO(support::name_of(kind));
    const tally seen = fail_each<Moves>(kind, what, prepare, operation);
    const bool boxed =
        Moves == fragile_moves::may_throw && (kind == step::allocation || kind == step::move);
    CHECK(seen.successes == 1);
    if (expected.contains(kind)) {
      CHECK(seen.failures > 0);
    } else if (!boxed) {
      CHECK(seen.failures == 0);
    }
  }
  CHECK(world<Moves>::fragile::alive == 0);
}

// An operation on a fresh world.
template <fragile_moves Moves, class Operation>
void survives(const std::string& name, const std::set<step>& expected, Operation operation,
              leaves what = leaves::all_unchanged) {
  survives<Moves>(name, expected, [](auto&) {}, operation, what);
}

// A wait: the coroutine is there already, its co_await of make(world) is the operation.
template <fragile_moves Moves, class Make>
void wait_survives(const std::string& name, const std::set<step>& expected, Make make) {
  survives<Moves>(
      name, expected, [make](auto& world) { world.prepare(make); },
      [](auto& world) { world.go_on(); });
}

// A wait for several keys: first make(world) is awaited with these keys in world.several, then it goes on.
template <class Make>
auto with_keys(std::initializer_list<key_name> names, Make make) {
  return [names = std::vector<key_name>(names), make](auto& w) {
    w.several.clear();
    for (const key_name name : names) w.several.emplace_back(static_cast<int>(name));
    w.prepare(make);
  };
}
inline constexpr auto go_on = [](auto& w) { w.go_on(); };

}  // namespace faults
