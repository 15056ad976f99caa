// Rule 6.2: where a read throws, nothing has changed.
#include <cstddef>

#include "faults/survive.hpp"

namespace reading_test {

using namespace faults;

TEMPLATE_TEST_CASE_SIG("a read that fails changes nothing", "[6.2]", ((fragile_moves M), M),
                       fragile_moves::never_throws, fragile_moves::may_throw) {
  survives<M>("get", {step::hash, step::comparison, step::copy},
              [](auto& w) { w.answer(w.map.get(w.key(present))); });
  survives<M>("get of an absent key", {step::hash, step::comparison},
              [](auto& w) { w.answer(w.map.get(w.key(absent))); });
  survives<M>("contains", {step::hash, step::comparison},
              [](auto& w) { w.answer(w.map.contains(w.key(present))); });
  survives<M>("visit", {step::hash, step::comparison, step::call}, [](auto& w) {
    w.answer(w.map.visit(w.key(present), [](auto&) { support::may_fail(step::call); }));
  });
  survives<M>("modify", {step::hash, step::comparison, step::call}, [](auto& w) {
    w.answer(w.map.modify(w.key(present), [](auto&) { support::may_fail(step::call); }));
  });
  survives<M>("waiting", {step::hash, step::comparison},
              [](auto& w) { w.answer(w.map.waiting(w.key(crowded))); });
  survives<M>("for_each", {step::call},
              [](auto& w) { w.map.for_each([](auto&, auto&) { support::may_fail(step::call); }); });
  survives<M>("modify_each", {step::call}, [](auto& w) {
    w.map.modify_each([](auto&, auto&) { support::may_fail(step::call); });
  });
}

TEMPLATE_TEST_CASE_SIG("a read of many keys that fails changes nothing", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  // A map with so much room looks ahead.
  for (const std::size_t room : {std::size_t{0}, std::size_t{60'000}}) {
    const auto prepare = [room](auto& w) {
      w.map.reserve(room);
      w.several.clear();
      for (const auto name : {present, absent, also_present}) w.several.emplace_back(name);
    };
    survives<M>("get_all", {step::hash, step::comparison, step::copy, step::allocation}, prepare,
                [](auto& w) { w.answer(w.map.get_all(w.several)); });
    survives<M>("visit_all", {step::hash, step::comparison, step::call}, prepare, [](auto& w) {
      w.answer(
          w.map.visit_all(w.several, [](std::size_t, auto&) { support::may_fail(step::call); }));
    });
  }
}

TEMPLATE_TEST_CASE_SIG("questions about the whole map do nothing that can fail", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>("size", {}, [](auto& w) { w.answer(w.map.size()); });
  survives<M>("empty", {}, [](auto& w) { w.answer(w.map.empty()); });
  survives<M>("capacity", {}, [](auto& w) { w.answer(w.map.capacity()); });
  survives<M>("shard_count", {}, [](auto& w) { w.answer(w.map.shard_count()); });
  survives<M>("waiting", {}, [](auto& w) { w.answer(w.map.waiting()); });
  survives<M>("closed", {}, [](auto& w) { w.answer(w.map.closed()); });
}

}  // namespace reading_test
