// Rules 4.2 and 6.2: a get_or_compute that fails stores nothing; those who wait for it get the exception.
#include <wait_map/get_or_compute.hpp>

#include "faults/survive.hpp"
#include "support/lazy.hpp"

namespace compute_test {

using namespace faults;
using support::lazy;

template <class Value>
lazy<Value> made(int number) {
  support::may_fail(step::call);
  co_return Value(number);
}

// What a world awaits: computes the value of the key.
template <class World>
auto computing(World& w, key_name key) {
  auto make = [] { return made<typename World::fragile>(3000); };
  return waitmap::get_or_compute(w.map, w.key(key), make);
}
template <key_name Key>
constexpr auto compute = [](auto& w) { return computing(w, Key); };

const std::set<step> of_all = {step::hash, step::comparison, step::copy, step::allocation,
                               step::call};

TEST_CASE("a value that fails to be computed leaves the map as it was", "[4.2][6.2]") {
  wait_survives<fragile_moves::never_throws>("get_or_compute", of_all, compute<absent>);
}

TEST_CASE("a value that fails to be computed and may fail to be moved leaves the map as it was",
          "[4.2][6.2]") {
  // The value is moved once more when it is in the map: that it is there is what the others were promised.
  survives<fragile_moves::may_throw>(
      "get_or_compute", of_all, [](auto& w) { w.prepare(compute<absent>); },
      [](auto& w) { w.go_on(); }, leaves::waiters_in_order);
}

TEMPLATE_TEST_CASE_SIG("a value that fails to be computed loses nobody who waits for it",
                       "[4.2][6.2]", ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>(
      "one waits", of_all, [](auto& w) { w.prepare(compute<watched>); }, [](auto& w) { w.go_on(); },
      leaves::waiters_in_order);
  survives<M>(
      "many wait", of_all, [](auto& w) { w.prepare(compute<full>); }, [](auto& w) { w.go_on(); },
      leaves::waiters_in_order);
}

TEMPLATE_TEST_CASE_SIG("a value that is there and fails to be read stays", "[4.2][6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  wait_survives<M>("get_or_compute", of_a_copy, compute<present>);
}

TEMPLATE_TEST_CASE_SIG("a wait for a value that somebody computes and that fails has not begun",
                       "[4.2][6.2]", ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>(
      "get_or_compute", {step::hash, step::comparison, step::copy, step::allocation},
      [](auto& w) {
        w.claimed = w.map.try_claim(w.key(absent));
        w.prepare(compute<absent>);
      },
      [](auto& w) { w.go_on(); });
}

}  // namespace compute_test
