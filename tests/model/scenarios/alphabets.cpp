#include "alphabets.hpp"

#include <utility>

namespace model {
namespace {

const letter wait_a{.text = "wait a", .waits_on = a};
const letter wait_b{.text = "wait b", .waits_on = b};
const letter wait_stoppable_a{.text = "wait a stoppable", .waits_on = a, .stoppable = true};
const letter take_a{.text = "take a", .waits_on = a};
const letter take_b{.text = "take b", .waits_on = b};
const letter insert_a{.text = "insert a", .ends = a};
const letter insert_b{.text = "insert b", .ends = b};
const letter erase_a{.text = "erase a"};
const letter erase_b{.text = "erase b"};
const letter cancel_a{.text = "cancel a", .ends = a};
const letter cancel_b{.text = "cancel b", .ends = b};
const letter cancel_all{.text = "cancel_all", .ends = both};
const letter close{.text = "close", .ends = both};
const letter claim_and_fulfil_a{.text = "claim a; fulfil !$", .ends = a};
const letter claim_and_drop_a{.text = "claim a; drop_claim !$", .ends = a};
const letter stop{.text = "stop #$", .stops = true};
const letter destroy{.text = "destroy #$", .destroys = true};

// The same on the other key.
letter on_b(letter of_a) {
  for (std::size_t at = 0; (at = of_a.text.find(" a", at)) != std::string::npos;)
    of_a.text[++at] = 'b';
  if (of_a.waits_on == a) of_a.waits_on = b;
  if (of_a.ends == a) of_a.ends = b;
  return of_a;
}

}  // namespace

alphabet all_on_one_key() {
  return {
      wait_a,
      wait_stoppable_a,
      {.text = "wait_result a", .waits_on = a},
      {.text = "wait_with a", .waits_on = a},
      {.text = "wait_modify a", .waits_on = a},
      {.text = "wait_throwing a", .waits_on = a},
      {.text = "claim_or_wait a", .waits_on = a},
      {.text = "claim_and_fulfil a stoppable", .waits_on = a, .stoppable = true, .ends = a},
      {.text = "blocking_wait_until a", .waits_on = a},
      take_a,
      {.text = "take a stoppable", .waits_on = a, .stoppable = true},
      {.text = "subscribe a", .waits_on = a},
      {.text = "subscribe_take a stoppable", .waits_on = a, .stoppable = true},
      insert_a,
      {.text = "insert_or_assign a", .ends = a},
      {.text = "exchange a", .ends = a},
      {.text = "update a", .ends = a},
      {.text = "deliver a", .ends = a},
      erase_a,
      {.text = "extract a"},
      {.text = "invalidate a", .ends = a},
      {.text = "clear", .ends = both},
      {.text = "get a"},
      cancel_a,
      {.text = "fail a", .ends = a},
      cancel_all,
      close,
      {.text = "claim a"},
      claim_and_fulfil_a,
      claim_and_drop_a,
      {.text = "claim a; break_claim !$", .ends = a},
      stop,
      destroy,
  };
}

alphabet core_of_one_key() {
  return {wait_a, wait_stoppable_a, take_a, insert_a, erase_a, cancel_a, close, stop, destroy};
}

alphabet claims_of_one_key() {
  return {wait_a,
          {.text = "wait_result a", .waits_on = a},
          {.text = "claim_and_fulfil a", .waits_on = a, .ends = a},
          {.text = "claim_and_drop a stoppable", .waits_on = a, .stoppable = true, .ends = a},
          {.text = "claim_or_wait a", .waits_on = a},
          {.text = "blocking_claim a", .waits_on = a, .ends = a},
          {.text = "invalidate a", .ends = a},
          {.text = "claim a; unwanted !$"},
          stop,
          destroy,
          take_a,
          insert_a,
          erase_a,
          claim_and_fulfil_a,
          cancel_a,
          claim_and_drop_a,
          close,
          {.text = "claim a"}};
}

alphabet core_of_two_keys() {
  return {wait_a,  wait_b,   take_b,     insert_a, insert_b,
          erase_b, cancel_b, cancel_all, close,    destroy};
}

alphabet groups() {
  return {
      wait_a,
      take_b,
      {.text = "wait_any", .waits_on = both},
      {.text = "wait_any stoppable", .waits_on = both, .stoppable = true},
      {.text = "take_any stoppable", .waits_on = both, .stoppable = true},
      {.text = "wait_all", .waits_on = both, .waits_for_all = true},
      {.text = "wait_all stoppable", .waits_on = both, .waits_for_all = true, .stoppable = true},
      {.text = "subscribe_all stoppable",
       .waits_on = both,
       .waits_for_all = true,
       .stoppable = true},
      insert_a,
      insert_b,
      {.text = "deliver a", .ends = a},
      erase_a,
      cancel_b,
      cancel_all,
      close,
      stop,
      destroy,
  };
}

alphabet single_flight_letters() {
  return {
      {.text = "compute a", .waits_on = a},
      {.text = "compute a stoppable", .waits_on = a, .stoppable = true},
      {.text = "compute a (wait b)", .waits_on = both, .factory_waits = true},
      {.text = "compute a stoppable (wait b)",
       .waits_on = both,
       .stoppable = true,
       .factory_waits = true},
      {.text = "compute a (compute b)", .waits_on = both, .factory_waits = true},
      {.text = "compute a (throw)", .waits_on = a},
      {.text = "compute b", .waits_on = b},
      insert_a,
      insert_b,
      erase_a,
      {.text = "invalidate a", .ends = a},
      cancel_a,
      {.text = "fail a", .ends = a},
      {.text = "deliver a", .ends = a},
      close,
      claim_and_drop_a,
      stop,
  };
}

alphabet all_on_two_keys() {
  alphabet all = all_on_one_key();
  for (const letter& each : all_on_one_key()) {
    letter other = on_b(each);
    if (other.text != each.text) all.push_back(std::move(other));
  }
  for (const letter& each : groups()) {
    if (each.waits_on == both) all.push_back(each);
  }
  return all;
}

}  // namespace model
