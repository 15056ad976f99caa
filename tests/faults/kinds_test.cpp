// Rule 6.2: each kind of wait, where the key has a value, a claim or neither: one that throws has changed nothing.
#include <chrono>

#include "faults/survive.hpp"

namespace kinds_test {

using namespace faults;

TEMPLATE_TEST_CASE_SIG("a wait of another kind for a present key that fails changes nothing",
                       "[6.2]", ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  wait_survives<M>("subscribe", of_a_copy, [](auto& w) { return w.map.subscribe(w.key(present)); });
}

// claim_or_wait, wait_result and subscribe_take move the value once more when they give it out.
TEST_CASE("a wait that moves what it gives out, for a present key, changes nothing where it fails",
          "[6.2]") {
  constexpr auto M = fragile_moves::never_throws;
  wait_survives<M>("claim_or_wait", of_a_copy,
                   [](auto& w) { return w.map.claim_or_wait(w.key(present)); });
  wait_survives<M>("wait_result", of_a_copy,
                   [](auto& w) { return w.map.wait_result(w.key(present)); });
  wait_survives<M>("subscribe_take", of_a_lookup,
                   [](auto& w) { return w.map.subscribe_take(w.key(present)); });
}

TEMPLATE_TEST_CASE_SIG("a wait of another kind for an absent key that fails has not begun", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  wait_survives<M>("wait_modify", of_a_copy,
                   [](auto& w) { return w.map.wait_modify(w.key(absent), number_of); });
  wait_survives<M>("subscribe_take", of_a_copy,
                   [](auto& w) { return w.map.subscribe_take(w.key(absent)); });
}

TEMPLATE_TEST_CASE_SIG("a claim_or_wait that fails to claim changes nothing", "[3.12][6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  wait_survives<M>("an absent key", of_slots,
                   [](auto& w) { return w.map.claim_or_wait(w.key(absent)); });
  for (const key_name key : {watched, watched_twice, crowded, full, wanted}) {
    wait_survives<M>("a key that is waited for", of_memory,
                     [key](auto& w) { return w.map.claim_or_wait(w.key(key)); });
  }
}

TEMPLATE_TEST_CASE_SIG("a wait for a claimed key that fails has not begun", "[4.1][6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto claim_and = [](auto make) {
    return [make](auto& w) {
      w.claimed = w.map.try_claim(w.key(absent));
      w.prepare(make);
    };
  };
  survives<M>("claim_or_wait", of_a_lookup,
              claim_and([](auto& w) { return w.map.claim_or_wait(w.key(absent)); }), go_on);
  survives<M>("wait", of_a_lookup, claim_and([](auto& w) { return w.map.wait(w.key(absent)); }),
              go_on);
  survives<M>("take", of_a_lookup, claim_and([](auto& w) { return w.map.take(w.key(absent)); }),
              go_on);
}

// A comparison that fails where such a wait ends, ends the program (leaving_test.cpp).
TEMPLATE_TEST_CASE_SIG("a blocking wait whose time has passed leaves nothing where it fails",
                       "[6.2]", ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto long_ago = std::chrono::steady_clock::time_point::min();
  const auto check = [](const std::set<step>& expected, auto operation) {
    for (const step kind : support::all_steps) {
      if (kind == step::comparison) continue;
      INFO(support::name_of(kind));
      const tally seen = fail_each<M>(kind, leaves::all_unchanged, [](auto&) {}, operation);
      if (expected.contains(kind)) CHECK(seen.failures > 0);
      CHECK(seen.successes == 1);
    }
  };
  check({step::hash, step::copy},
        [](auto& w) { w.answer(w.map.blocking_wait_for(w.key(absent), std::chrono::seconds(0))); });
  check({step::hash, step::copy},
        [long_ago](auto& w) { w.answer(w.map.blocking_wait_until(w.key(absent), long_ago)); });
  check({step::hash}, [long_ago](auto& w) {
    w.answer(w.map.blocking_wait_until(w.key(watched_twice), long_ago));
  });
  check({step::hash, step::copy, step::allocation}, [long_ago](auto& w) {
    w.answer(w.map.blocking_claim_or_wait_until(w.key(absent), long_ago));
  });
  survives<M>("blocking_wait_until, present", of_a_copy, [long_ago](auto& w) {
    w.answer(w.map.blocking_wait_until(w.key(present), long_ago));
  });
}

TEMPLATE_TEST_CASE_SIG("a removal where only waiters are changes nothing where it fails", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  for (const key_name key : {absent, watched, full}) {
    survives<M>("erase", of_a_lookup, [key](auto& w) { w.answer(w.map.erase(w.key(key))); });
    survives<M>("extract", of_a_lookup, [key](auto& w) { w.answer(w.map.extract(w.key(key))); });
  }
}

}  // namespace kinds_test
