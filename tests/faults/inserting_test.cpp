// Rule 6.2: where an insert throws, nothing is stored and every waiter still waits; a copy or visitor that
// fails while the value is delivered fails that waiter alone (3.9).
#include "faults/survive.hpp"

namespace inserting_test {

using namespace faults;

const std::set<step> of_a_move = {step::hash, step::comparison};

TEMPLATE_TEST_CASE_SIG("an insert that fails changes nothing", "[6.2]", ((fragile_moves M), M),
                       fragile_moves::never_throws, fragile_moves::may_throw) {
  survives<M>("insert, absent key", of_a_copy,
              [](auto& w) { w.answer(w.map.insert(w.key(absent), w.spare)); });
  survives<M>("insert, all moved", of_a_move,
              [](auto& w) { w.answer(w.map.insert(std::move(*w.spare_key), std::move(w.spare))); });
  survives<M>("insert, present key", of_a_move,
              [](auto& w) { w.answer(w.map.insert(w.key(present), w.spare)); });
  for (const key_name key : {watched, watched_twice, crowded, full, wanted, visited}) {
    survives<M>("insert of a copy where waiters are", of_a_copy,
                [key](auto& w) { w.answer(w.map.insert(w.key(key), w.spare)); });
    survives<M>("insert of a moved value where waiters are", of_a_move,
                [key](auto& w) { w.answer(w.map.insert(w.key(key), std::move(w.spare))); });
  }
  survives<M>("try_emplace, absent key", of_a_copy,
              [](auto& w) { w.answer(w.map.try_emplace(w.key(absent), 5)); });
  survives<M>("try_emplace where waiters are", of_a_move,
              [](auto& w) { w.answer(w.map.try_emplace(w.key(crowded), 5)); });
}

TEMPLATE_TEST_CASE_SIG("an overwrite that fails changes nothing", "[6.2]", ((fragile_moves M), M),
                       fragile_moves::never_throws, fragile_moves::may_throw) {
  for (const key_name key : {present, absent, crowded, full, wanted}) {
    survives<M>("insert_or_assign of a copy", of_a_copy,
                [key](auto& w) { w.answer(w.map.insert_or_assign(w.key(key), w.spare)); });
    survives<M>("exchange of a copy", of_a_copy,
                [key](auto& w) { w.answer(w.map.exchange(w.key(key), w.spare)); });
  }
  for (const key_name key : {present, crowded, full, wanted}) {
    survives<M>("insert_or_assign of a moved value", of_a_move, [key](auto& w) {
      w.answer(w.map.insert_or_assign(w.key(key), std::move(w.spare)));
    });
    survives<M>("exchange of a moved value", of_a_move,
                [key](auto& w) { w.answer(w.map.exchange(w.key(key), std::move(w.spare))); });
  }
}

TEMPLATE_TEST_CASE_SIG("an insert into a closed map does nothing that can fail but hash", "[6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto close = [](auto& w) { w.map.close(); };
  survives<M>("insert", {step::hash}, close,
              [](auto& w) { w.answer(w.map.insert(w.key(absent), w.spare)); });
  // Where the old value must be moved out with care, the key is looked up first.
  const std::set<step> of_exchange = M == fragile_moves::never_throws
                                         ? std::set{step::hash}
                                         : std::set{step::hash, step::comparison};
  survives<M>("exchange", of_exchange, close,
              [](auto& w) { w.answer(w.map.exchange(w.key(present), w.spare)); });
}

}  // namespace inserting_test
