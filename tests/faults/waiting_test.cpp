// Rule 6.2: where a wait throws, it has not begun.
#include "faults/survive.hpp"

#include <stop_token>

namespace waiting_test {

using namespace faults;

TEMPLATE_TEST_CASE_SIG("a wait for a present key that fails changes nothing", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  wait_survives<M>("wait", of_a_copy, [](auto& w) { return w.map.wait(w.key(present)); });
  wait_survives<M>("wait_with", of_a_call,
                   [](auto& w) { return w.map.wait_with(w.key(present), number_of); });
  wait_survives<M>("wait_modify", of_a_call,
                   [](auto& w) { return w.map.wait_modify(w.key(present), number_of); });
}

TEMPLATE_TEST_CASE_SIG("a blocking wait for a present key that fails changes nothing", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>("blocking_wait", of_a_copy,
              [](auto& w) { w.answer(w.map.blocking_wait(w.key(present))); });
}

TEMPLATE_TEST_CASE_SIG("a take of a present key that fails changes nothing", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto take = [](auto& w) { return w.map.take(w.key(present)); };
  if constexpr (M == fragile_moves::never_throws) {
    wait_survives<M>("take", of_a_lookup, take);
  } else {
    // The move out of the co_await comes when the value is the taker's already: no waiter is lost.
    for (const step kind : {step::hash, step::comparison, step::allocation}) {
      const auto prepare = [take](auto& w) { w.prepare(take); };
      const tally seen =
          fail_each<M>(kind, leaves::all_unchanged, prepare, [](auto& w) { w.go_on(); });
      CHECK(seen.successes == 1);
      CHECK((seen.failures > 0) == of_a_lookup.contains(kind));
    }
    const tally seen = fail_each<M>(
        step::move, leaves::waiters_in_order, [take](auto& w) { w.prepare(take); },
        [](auto& w) { w.go_on(); });
    CHECK(seen.failures > 0);
  }
}

TEMPLATE_TEST_CASE_SIG("a wait for an absent key that fails has not begun", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  // The first waiter copies its key into the table; the second finds room beside it.
  wait_survives<M>("wait, first", of_a_copy, [](auto& w) { return w.map.wait(w.key(absent)); });
  wait_survives<M>("take, first", of_a_copy, [](auto& w) { return w.map.take(w.key(absent)); });
  wait_survives<M>("wait_result", of_a_copy,
                   [](auto& w) { return w.map.wait_result(w.key(absent)); });
  wait_survives<M>("subscribe", of_a_copy, [](auto& w) { return w.map.subscribe(w.key(absent)); });
  wait_survives<M>("subscribe_take", of_a_lookup,
                   [](auto& w) { return w.map.subscribe_take(w.key(watched)); });
  wait_survives<M>("wait_with, first", of_a_copy,
                   [](auto& w) { return w.map.wait_with(w.key(absent), number_of); });
  wait_survives<M>("wait, second", of_a_lookup, [](auto& w) { return w.map.wait(w.key(watched)); });
  wait_survives<M>("take, second", of_a_lookup, [](auto& w) { return w.map.take(w.key(watched)); });
}

TEMPLATE_TEST_CASE_SIG("a wait beside many others that fails has not begun", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  wait_survives<M>("wait, third", of_a_lookup,
                   [](auto& w) { return w.map.wait(w.key(watched_twice)); });
  wait_survives<M>("wait, seventh", of_a_lookup, [](auto& w) { return w.map.wait(w.key(full)); });
  wait_survives<M>("take, seventh", of_a_lookup, [](auto& w) { return w.map.take(w.key(full)); });
}

TEMPLATE_TEST_CASE_SIG("a stoppable wait that fails has not begun", "[6.2]", ((fragile_moves M), M),
                       fragile_moves::never_throws, fragile_moves::may_throw) {
  static std::stop_source source;
  wait_survives<M>("wait, present", of_a_copy,
                   [](auto& w) { return w.map.wait(w.key(present), source.get_token()); });
  wait_survives<M>("wait, absent", of_a_copy,
                   [](auto& w) { return w.map.wait(w.key(absent), source.get_token()); });
  wait_survives<M>("wait, third", of_a_lookup,
                   [](auto& w) { return w.map.wait(w.key(watched_twice), source.get_token()); });
}

TEMPLATE_TEST_CASE_SIG("a wait that fails is as if never awaited, and its map can close", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto close = [](auto& w) { w.map.close(); };
  survives<M>(
      "wait on a closed map", of_a_lookup,
      [close](auto& w) {
        close(w);
        w.prepare([](auto& in) { return in.map.wait(in.key(absent)); });
      },
      [](auto& w) { w.go_on(); });
}

TEMPLATE_TEST_CASE_SIG("a key that cannot be moved into a wait leaves nothing behind", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  // It is moved on into the slot, or copied where that move may throw: then it can be awaited again.
  wait_survives<M>("wait", M == fragile_moves::never_throws ? of_a_lookup : of_a_copy,
                   [](auto& w) { return w.map.wait(std::move(*w.spare_key)); });
}

}  // namespace waiting_test
