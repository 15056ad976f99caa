// Rule 6.2: with a stop token, too, a wait that throws has not begun; nor has one whose stop was requested before.
#include <stop_token>
#include <vector>

#include "faults/survive.hpp"

namespace stoppable_test {

using namespace faults;

std::stop_token stoppable() {
  static std::stop_source source;
  return source.get_token();
}
std::stop_token stopped() {
  static std::stop_source source;
  source.request_stop();
  return source.get_token();
}

TEMPLATE_TEST_CASE_SIG("a stoppable wait of any kind that fails has not begun", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  wait_survives<M>("take", of_a_copy,
                   [](auto& w) { return w.map.take(w.key(absent), stoppable()); });
  wait_survives<M>("wait_result", of_a_copy,
                   [](auto& w) { return w.map.wait_result(w.key(absent), stoppable()); });
  wait_survives<M>("wait_with", of_a_copy,
                   [](auto& w) { return w.map.wait_with(w.key(absent), number_of, stoppable()); });
  wait_survives<M>("wait_modify", of_a_copy, [](auto& w) {
    return w.map.wait_modify(w.key(absent), number_of, stoppable());
  });
  wait_survives<M>("subscribe", of_a_copy,
                   [](auto& w) { return w.map.subscribe(w.key(absent), stoppable()); });
  wait_survives<M>("subscribe_take", of_a_copy,
                   [](auto& w) { return w.map.subscribe_take(w.key(absent), stoppable()); });
}

TEMPLATE_TEST_CASE_SIG("a stoppable wait for several keys that fails has begun on none", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto with_keys = [](auto make) {
    return [make](auto& w) {
      w.several.clear();
      for (const key_name name : {watched, absent}) w.several.emplace_back(static_cast<int>(name));
      w.prepare(make);
    };
  };
  const auto go_on = [](auto& w) { w.go_on(); };
  survives<M>("wait_all", of_slots,
              with_keys([](auto& w) { return w.map.wait_all(w.several, stoppable()); }), go_on);
  survives<M>("subscribe_all", of_slots,
              with_keys([](auto& w) { return w.map.subscribe_all(w.several, stoppable()); }),
              go_on);
  survives<M>("wait_any", of_slots,
              with_keys([](auto& w) { return w.map.wait_any(w.several, stoppable()); }), go_on);
  survives<M>("take_any", of_slots,
              with_keys([](auto& w) { return w.map.take_any(w.several, stoppable()); }), go_on);
}

TEMPLATE_TEST_CASE_SIG("a wait that is stopped before it begins and that fails changes nothing",
                       "[3.1][6.2]", ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  wait_survives<M>("wait, absent", of_a_lookup,
                   [](auto& w) { return w.map.wait(w.key(absent), stopped()); });
  wait_survives<M>("wait, present", of_a_copy,
                   [](auto& w) { return w.map.wait(w.key(present), stopped()); });
  wait_survives<M>("take, absent", of_a_lookup,
                   [](auto& w) { return w.map.take(w.key(absent), stopped()); });
  wait_survives<M>("subscribe, absent", of_a_lookup,
                   [](auto& w) { return w.map.subscribe(w.key(absent), stopped()); });
}

}  // namespace stoppable_test
