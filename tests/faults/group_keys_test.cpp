// Rule 6.2: a wait for several keys keeps them, and makes slots for those that are absent: where that throws, it
// is registered for none.
#include <utility>

#include "faults/survive.hpp"

namespace group_keys_test {

using namespace faults;

TEMPLATE_TEST_CASE_SIG("a wait for several absent keys that fails has begun on none", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>("wait_all", of_slots,
              with_keys({watched, absent}, [](auto& w) { return w.map.wait_all(w.several); }),
              go_on);
  survives<M>("subscribe_all", of_slots,
              with_keys({watched, absent}, [](auto& w) { return w.map.subscribe_all(w.several); }),
              go_on);
  survives<M>("wait_any", of_slots,
              with_keys({watched, absent}, [](auto& w) { return w.map.wait_any(w.several); }),
              go_on);
  survives<M>("take_any", of_slots,
              with_keys({watched, absent}, [](auto& w) { return w.map.take_any(w.several); }),
              go_on);
}

TEMPLATE_TEST_CASE_SIG("a wait for several keys that it moves in and that fails has begun on none",
                       "[3.7][6.2]", ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto keys = {watched, watched_twice};
  survives<M>("wait_all", of_memory,
              with_keys(keys, [](auto& w) { return w.map.wait_all(std::move(w.several)); }), go_on);
  survives<M>("subscribe_all", of_memory,
              with_keys(keys, [](auto& w) { return w.map.subscribe_all(std::move(w.several)); }),
              go_on);
  survives<M>("wait_any", of_memory,
              with_keys(keys, [](auto& w) { return w.map.wait_any(std::move(w.several)); }), go_on);
  survives<M>("take_any", of_memory,
              with_keys(keys, [](auto& w) { return w.map.take_any(std::move(w.several)); }), go_on);
}

TEMPLATE_TEST_CASE_SIG("a wait for several keys that it copies and that fails has begun on none",
                       "[3.7][6.2]", ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>(
      "wait_all", of_slots,
      with_keys({}, [](auto& w) { return w.map.wait_all({w.key(watched), w.key(watched_twice)}); }),
      go_on);
  survives<M>(
      "wait_any", of_slots,
      with_keys({}, [](auto& w) { return w.map.wait_any({w.key(watched), w.key(watched_twice)}); }),
      go_on);
  survives<M>(
      "take_any", of_slots,
      with_keys({}, [](auto& w) { return w.map.take_any({w.key(watched), w.key(watched_twice)}); }),
      go_on);
}

TEMPLATE_TEST_CASE_SIG("a wait for any of several keys with a value that fails took none", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>("wait_any", of_slots,  // a copy that fails is its outcome
              with_keys({present, watched}, [](auto& w) { return w.map.wait_any(w.several); }),
              go_on);
  if constexpr (M == fragile_moves::never_throws) {
    survives<M>("take_any", of_memory,
                with_keys({present, watched}, [](auto& w) { return w.map.take_any(w.several); }),
                go_on);
  }
}

}  // namespace group_keys_test
