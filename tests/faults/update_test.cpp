// Rule 6.2: where an update throws, what it did to its entry has not happened.
#include "faults/survive.hpp"

namespace update_test {

using namespace faults;

TEMPLATE_TEST_CASE_SIG("an update that fails changes nothing", "[6.2]", ((fragile_moves M), M),
                       fragile_moves::never_throws, fragile_moves::may_throw) {
  const std::set<step> of_an_update = {step::hash, step::comparison, step::copy, step::call};
  for (const key_name key : {absent, crowded, full, wanted}) {
    survives<M>("emplace", of_an_update, [key](auto& w) {
      w.answer(w.map.update(w.key(key), [&](auto& entry) {
        support::may_fail(step::call);
        const bool done = entry.emplace(w.spare);
        support::may_fail(step::call);
        return done;
      }));
    });
  }
  for (const key_name key : {present, absent, crowded}) {
    survives<M>("assign twice",
                {step::hash, step::comparison, step::copy, step::allocation, step::call},
                [key](auto& w) {
                  w.map.update(w.key(key), [&](auto& entry) {
                    entry.assign(w.spare);
                    support::may_fail(step::call);
                    entry.assign(w.spare);
                    support::may_fail(step::call);
                  });
                });
  }
  survives<M>("erase", {step::hash, step::comparison, step::call}, [](auto& w) {
    w.answer(w.map.update(w.key(present), [](auto& entry) {
      const bool done = entry.erase();
      support::may_fail(step::call);
      return done;
    }));
  });
  survives<M>("a result whose copy fails", of_an_update, [](auto& w) {
    w.answer(w.map.update(w.key(present), [](auto& entry) {
      support::may_fail(step::call);
      auto old = *entry;
      entry.erase();
      return old;
    }));
  });
}

}  // namespace update_test
