// Rule 6.2: a wait for several keys that throws is registered for none of them.
#include "faults/survive.hpp"

namespace together_test {

using namespace faults;

TEMPLATE_TEST_CASE_SIG("a wait for several keys that fails has begun on none", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>("wait_all, present", of_memory,  // a copy that fails is its key's outcome
              with_keys({present, also_present}, [](auto& w) { return w.map.wait_all(w.several); }),
              go_on);
  survives<M>(
      "wait_all, waited for", of_memory,
      with_keys({watched, watched_twice, full}, [](auto& w) { return w.map.wait_all(w.several); }),
      go_on);
  survives<M>(
      "wait_any, waited for", of_memory,
      with_keys({watched, watched_twice, full}, [](auto& w) { return w.map.wait_any(w.several); }),
      go_on);
  survives<M>(
      "take_any, waited for", of_memory,
      with_keys({watched, watched_twice, full}, [](auto& w) { return w.map.take_any(w.several); }),
      go_on);
}

TEMPLATE_TEST_CASE_SIG("a look at who waits that fails changes nothing", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>("for_each_waiting", {step::allocation, step::call}, [](auto& w) {
    w.map.for_each_waiting([](auto&, auto) { support::may_fail(step::call); });
  });
}

}  // namespace together_test
