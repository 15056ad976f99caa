// Rule 6.2: a claim that fails to be made or fulfilled changes nothing; one that fails stays engaged (4.1).
#include <exception>
#include <stdexcept>

#include "faults/survive.hpp"

namespace claims_test {

using namespace faults;

// Claims an absent key before the operation under test.
template <key_name Key>
constexpr auto claim_first = [](auto& w) { w.claimed = w.map.try_claim(w.key(Key)); };

TEMPLATE_TEST_CASE_SIG("a claim that fails to be made changes nothing", "[4.1][6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto claim = [](key_name key) {
    return [key](auto& w) {
      w.claimed = w.map.try_claim(w.key(key));
      w.answer(static_cast<bool>(w.claimed));
    };
  };
  survives<M>("of an absent key", of_slots, claim(absent));
  survives<M>("of a present key", of_memory, claim(present));
  for (const key_name key : {watched, watched_twice, full}) {
    survives<M>("of a key that is waited for", of_memory, claim(key));
  }
}

TEMPLATE_TEST_CASE_SIG("a claim that fails to be fulfilled can be fulfilled again", "[4.1][6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto fulfil = [](auto& w) { w.answer(w.claimed.set_value(w.spare)); };
  const auto try_twice = [](auto& w) {
    try {
      w.answer(w.claimed.set_value(w.spare));
    } catch (...) {
      CHECK(w.claimed);
      throw;
    }
  };
  const std::set<step> of_fulfilling = {step::copy};  // the key is neither hashed nor compared
  survives<M>("a key nobody waits for", of_fulfilling, claim_first<absent>, fulfil);
  survives<M>("a key with one observer", of_fulfilling, claim_first<watched>, try_twice);
  survives<M>("a key with all kinds of waiters", of_fulfilling, claim_first<crowded>, try_twice);
  survives<M>("a key with many observers", of_fulfilling, claim_first<full>, try_twice);
}

TEMPLATE_TEST_CASE_SIG("an exception given to a claim ends the waits, and nothing can fail",
                       "[4.1][6.2]", ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto error = std::make_exception_ptr(std::runtime_error("no"));
  survives<M>("set_exception", {}, claim_first<crowded>,
              [error](auto& w) { w.answer(w.claimed.set_exception(error)); });
}

TEMPLATE_TEST_CASE_SIG("a claim that is handed on reads no key and needs no memory",
                       "[3.12][3.7][6.2]", ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  survives<M>(
      "dropped, followed", {},
      [](auto& w) {
        w.claimed = w.map.try_claim(w.key(crowded));
        w.prepare([](auto& in) { return in.map.claim_or_wait(in.key(crowded)); });
        w.go_on();
      },
      [](auto& w) { w.claimed = {}; });
  survives<M>("dropped, not followed", {}, claim_first<crowded>, [](auto& w) { w.claimed = {}; });
}

TEMPLATE_TEST_CASE_SIG("an invalidate that fails changes nothing", "[2.7][6.2]",
                       ((fragile_moves M), M), fragile_moves::never_throws,
                       fragile_moves::may_throw) {
  const auto invalidate = [](key_name key) {
    return [key](auto& w) { w.answer(w.map.invalidate(w.key(key))); };
  };
  for (const key_name key : {present, absent, watched, crowded}) {
    survives<M>("of a key that is not claimed", of_a_lookup, invalidate(key));
  }
  survives<M>("of a claim that nobody follows", of_a_lookup, claim_first<crowded>,
              invalidate(crowded));
}

}  // namespace claims_test
