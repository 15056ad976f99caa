// Rule 6.2: where a removal throws, the value is still there.
#include "faults/survive.hpp"

namespace removing_test {

using namespace faults;

TEMPLATE_TEST_CASE_SIG("a removal that fails changes nothing", "[6.2]", ((fragile_moves M), M),
                       fragile_moves::never_throws, fragile_moves::may_throw) {
  survives<M>("erase", {step::hash, step::comparison},
              [](auto& w) { w.answer(w.map.erase(w.key(present))); });
  survives<M>("extract", {step::hash, step::comparison},
              [](auto& w) { w.answer(w.map.extract(w.key(present))); });
  survives<M>("erase_if of a key", {step::hash, step::comparison, step::call}, [](auto& w) {
    w.answer(w.map.erase_if(w.key(present), [](auto&) {
      support::may_fail(step::call);
      return true;
    }));
  });
  survives<M>("erase_if", {step::allocation, step::call}, [](auto& w) {
    w.answer(w.map.erase_if([](auto&, auto&) {
      support::may_fail(step::call);
      return true;
    }));
  });
  survives<M>("clear", {step::allocation}, [](auto& w) { w.map.clear(); });
}

}  // namespace removing_test
