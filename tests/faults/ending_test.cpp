// Rule 6.2: where an operation that ends waits throws, every waiter still waits, or was resumed once.
#include "faults/survive.hpp"

#include <stdexcept>

namespace ending_test {

using namespace faults;

TEMPLATE_TEST_CASE_SIG("an end of waits that fails ends none", "[6.2]", ((fragile_moves M), M),
                       fragile_moves::never_throws, fragile_moves::may_throw) {
  const std::exception_ptr error = std::make_exception_ptr(std::runtime_error("no"));
  for (const key_name key :
       {present, absent, watched, watched_twice, crowded, full, wanted, visited}) {
    survives<M>("cancel", of_a_lookup, [key](auto& w) { w.answer(w.map.cancel(w.key(key))); });
    survives<M>("fail", of_a_lookup,
                [key, error](auto& w) { w.answer(w.map.fail(w.key(key), error)); });
  }
  survives<M>("cancel_all", {}, [](auto& w) { w.answer(w.map.cancel_all()); });
  survives<M>("fail_all", {}, [error](auto& w) { w.answer(w.map.fail_all(error)); });
  survives<M>("close", {}, [](auto& w) { w.answer(w.map.close()); });
  survives<M>("close with an error", {}, [error](auto& w) { w.answer(w.map.close(error)); });
}

TEMPLATE_TEST_CASE_SIG("a delivery that fails ends no wait", "[6.2]", ((fragile_moves M), M),
                       fragile_moves::never_throws, fragile_moves::may_throw) {
  for (const key_name key : {watched, watched_twice, crowded, full, wanted, visited}) {
    survives<M>("deliver of a copy", of_a_copy,
                [key](auto& w) { w.answer(w.map.deliver(w.key(key), w.spare)); });
    survives<M>("deliver of a moved value", of_a_lookup,
                [key](auto& w) { w.answer(w.map.deliver(w.key(key), std::move(w.spare))); });
  }
  for (const key_name key : {present, absent}) {
    survives<M>("deliver to nobody", of_a_lookup,
                [key](auto& w) { w.answer(w.map.deliver(w.key(key), w.spare)); });
  }
}

TEMPLATE_TEST_CASE_SIG("a cancel_if or fail_if whose predicate fails loses no waiter", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>(
      "cancel_if", {step::call},
      [](auto& w) {
        w.answer(w.map.cancel_if([](auto& key) {
          support::may_fail(step::call);
          return key.number() != full;
        }));
      },
      leaves::values_unchanged);
  const std::exception_ptr error = std::make_exception_ptr(std::runtime_error("no"));
  survives<M>(
      "fail_if", {step::call},
      [error](auto& w) {
        w.answer(w.map.fail_if(
            [](auto& key) {
              support::may_fail(step::call);
              return key.number() != full;
            },
            error));
      },
      leaves::values_unchanged);
}

}  // namespace ending_test
