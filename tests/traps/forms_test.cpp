// Every natural way to write a co_await. Each form runs three times: it finds the values, it waits for them, and it is
// destroyed while it waits. Failed once: g++ 14 refused two thirds of them, for the place of the call that a wait notes.
#include <array>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/lazy.hpp"
#include "support/spawn.hpp"

namespace forms_test {

using support::lazy;
using support::owned;

// The forms that g++ 12 miscompiles, whatever is awaited, are for the others.
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
#define WAIT_MAP_ALL_FORMS 0
#else
#define WAIT_MAP_ALL_FORMS 1
#endif

// Key 1 has 5, key 2 has 7, key 3 has 11; as text, too.
struct world {
  waitmap::wait_map<int, int> map;
  waitmap::wait_map<int, int> other;
  waitmap::wait_map<std::string, std::string> texts;
  std::stop_source stop;
  int got = 0;
  std::string said;

  void fill() {
    map.insert(1, 5);
    map.insert(2, 7);
    map.insert(3, 11);
    texts.insert("one", "the value of one, which lies on the heap");
    texts.insert("two", "the value of two, which lies on the heap");
  }
};

using written = owned (*)(world&);

// What the form makes of the values; -1 where it does not end as it should.
int outcome_of(written form, bool may_be_destroyed = true) {
  world early;
  early.fill();
  const owned at_once = form(early);
  for (int i = 0; i < 3; ++i) early.fill();  // for those that take

  world late;
  const owned waiting = form(late);
  if (waiting.done()) return -1;
  for (int i = 0; i < 4; ++i) late.fill();

  world never;
  if (may_be_destroyed) {
    const owned abandoned = form(never);
  }
  const bool left = never.map.waiting() == 0 && never.texts.waiting() == 0;
  const bool same = early.got == late.got && early.said == late.said;
  return at_once.done() && waiting.done() && left && same ? late.got : -1;
}

void use(world& at, std::optional<int> value) { at.got += *value; }
void use_two(world& at, int first, std::optional<int> second) { at.got += first + *second; }
lazy<std::optional<int>> wait_within(world& at, int key) { co_return co_await at.map.wait(key); }
lazy<int> sum_within(world& at) { co_return *co_await at.map.wait(1) + *co_await at.map.wait(2); }
lazy<int> compute_eight() { co_return 8; }

// --- one wait, its value used in each way --------------------------------------------------------------------------

owned statement(world& at) {
  co_await at.map.wait(1);
  at.got = 1;
}
owned named(world& at) {
  auto value = co_await at.map.wait(1);
  at.got = *value;
}
owned constant(world& at) {
  const auto value = co_await at.map.wait(1);
  at.got = value.value_or(0);
}
owned of_a_named_type(world& at) {
  std::optional<int> value = co_await at.map.wait(1);
  at.got = *value;
}
owned of_a_reference(world& at) {
  auto&& value = co_await at.map.wait(1);
  at.got = *value;
}
owned in_parentheses(world& at) {
  std::optional<int> value(co_await at.map.wait(1));
  at.got = *value;
}
owned assigned(world& at) {
  std::optional<int> value;
  value = co_await at.map.wait(1);
  at.got = *value;
}
owned assigned_to_member(world& at) { at.got = *co_await at.map.wait(1); }
owned added(world& at) { at.got += *co_await at.map.wait(1); }
owned member_called(world& at) { at.got = (co_await at.map.wait(1)).value(); }
owned member_with_argument(world& at) { at.got = (co_await at.map.wait(1)).value_or(0); }
owned dereferenced(world& at) {
  int value = *co_await at.map.wait(1);
  at.got = value;
}
owned as_argument(world& at) { use(at, co_await at.map.wait(1)); }
owned as_second_argument(world& at) { use_two(at, 1, co_await at.map.wait(1)); }
owned as_both_arguments(world& at) {
  use_two(at, *co_await at.map.wait(1), co_await at.map.wait(2));
}
owned as_argument_of_a_map(world& at) {
  at.other.insert(9, *co_await at.map.wait(1));
  at.got = *at.other.get(9);
}
owned as_key_of_a_map(world& at) {
  at.other.insert(*co_await at.map.wait(1), 4);
  at.got = *at.other.get(5);
}
owned as_key_of_a_wait(world& at) {
  at.other.insert(5, 6);
  auto value = co_await at.other.wait(*co_await at.map.wait(1));
  at.got = *value;
}
owned in_a_sum(world& at) { at.got = *co_await at.map.wait(1) + *co_await at.map.wait(2); }
owned compared(world& at) { at.got = *co_await at.map.wait(1) == 5 ? 1 : 2; }
owned negated(world& at) {
  const bool none = !co_await at.map.wait(1);
  at.got = none ? 1 : 2;
}
owned converted(world& at) {
  const long value = static_cast<long>(*co_await at.map.wait(1));
  at.got = static_cast<int>(value);
}
owned discarded(world& at) {
  static_cast<void>(co_await at.map.wait(1));
  at.got = 1;
}
owned after_a_comma(world& at) { at.got = 1, at.got += *co_await at.map.wait(1); }
owned before_a_comma(world& at) { co_await at.map.wait(1), at.got = 3; }
owned both_of_and(world& at) {
  const bool both = (co_await at.map.wait(1)).has_value() && (co_await at.map.wait(2)).has_value();
  at.got = both ? 2 : 1;
}
owned first_of_or(world& at) {
  const bool any = (co_await at.map.wait(1)).has_value() || (co_await at.map.wait(4)).has_value();
  at.got = any ? 2 : 1;
}
owned pushed(world& at) {
  std::vector<int> all;
  all.push_back(*co_await at.map.wait(1));
  all.push_back(*co_await at.map.wait(2));
  at.got = all[0] * all[1];
}
owned in_a_block(world& at) {
  {
    auto value = co_await at.map.wait(1);
    at.got = *value;
  }
}
owned in_a_try(world& at) {
  try {
    at.got = (co_await at.map.wait(1)).value();
  } catch (...) {
    at.got = -2;
  }
}
owned thrown_over(world& at) {
  try {
    throw *co_await at.map.wait(1);
  } catch (int value) {
    at.got = value;
  }
}
owned returned(world& at) {
  auto inner = wait_within(at, 1);
  auto value = co_await inner;
  at.got = *value;
}
owned returned_sum(world& at) { at.got = co_await sum_within(at); }
owned awaits_what_is_returned(world& at) { at.got = *co_await wait_within(at, 1); }

TEST_CASE("a wait is awaited in every kind of statement and expression", "[6.7]") {
  CHECK(outcome_of(statement) == 1);
  CHECK(outcome_of(named) == 5);
  CHECK(outcome_of(constant) == 5);
  CHECK(outcome_of(of_a_named_type) == 5);
  CHECK(outcome_of(of_a_reference) == 5);
  CHECK(outcome_of(in_parentheses) == 5);
  CHECK(outcome_of(assigned) == 5);
  CHECK(outcome_of(assigned_to_member) == 5);
  CHECK(outcome_of(added) == 5);
  CHECK(outcome_of(member_called) == 5);
  CHECK(outcome_of(member_with_argument) == 5);
  CHECK(outcome_of(dereferenced) == 5);
  CHECK(outcome_of(as_argument) == 5);
  CHECK(outcome_of(as_second_argument) == 6);
  CHECK(outcome_of(as_both_arguments) == 12);
  CHECK(outcome_of(as_argument_of_a_map) == 5);
  CHECK(outcome_of(as_key_of_a_map) == 4);
  CHECK(outcome_of(as_key_of_a_wait) == 6);
  CHECK(outcome_of(in_a_sum) == 12);
  CHECK(outcome_of(compared) == 1);
  CHECK(outcome_of(negated) == 2);
  CHECK(outcome_of(converted) == 5);
  CHECK(outcome_of(discarded) == 1);
  CHECK(outcome_of(after_a_comma) == 6);
  CHECK(outcome_of(before_a_comma) == 3);
  CHECK(outcome_of(both_of_and) == 2);
  CHECK(outcome_of(first_of_or) == 2);
  CHECK(outcome_of(pushed) == 35);
  CHECK(outcome_of(in_a_block) == 5);
  CHECK(outcome_of(in_a_try) == 5);
  // clang allocates the exception first, and nobody frees it where the coroutine is destroyed meanwhile.
  CHECK(outcome_of(thrown_over, false) == 5);
  CHECK(outcome_of(returned) == 5);
  CHECK(outcome_of(returned_sum) == 12);
  CHECK(outcome_of(awaits_what_is_returned) == 5);
}

// --- each member ---------------------------------------------------------------------------------------------------

owned with_result(world& at) {
  auto value = co_await at.map.wait_result(1);
  at.got = *value;
}
owned taken(world& at) { at.got = *co_await at.map.take(1); }
owned visited(world& at) {
  co_await at.map.wait_with(1, [&at](int value) { at.got = value; });
}
owned visited_for_a_result(world& at) {
  at.got = *co_await at.map.wait_with(1, [](int value) { return value * 2; });
}
owned modified(world& at) {
  auto doubled = co_await at.map.wait_modify(1, [](int& value) { return value * 2; });
  at.got = *doubled;
}
owned subscribed(world& at) {
  auto handle = at.map.subscribe(1);
  at.got = *co_await handle;
}
owned subscribed_taker(world& at) {
  auto handle = at.map.subscribe_take(1);
  auto value = co_await std::move(handle);
  at.got = *value;
}
owned with_token(world& at) { at.got = *co_await at.map.wait(1, at.stop.get_token()); }
owned taken_with_token(world& at) {
  auto value = co_await at.map.take(1, at.stop.get_token());
  at.got = *value;
}
owned with_token_as_statement(world& at) {
  co_await at.map.wait(1, at.stop.get_token());
  at.got = 1;
}
owned with_named_token(world& at) {
  auto token = at.stop.get_token();
  use(at, co_await at.map.wait(1, token));
}
owned by_name(world& at) {
  auto operation = at.map.wait(1);
  auto value = co_await operation;
  at.got = *value;
}
owned by_name_as_statement(world& at) {
  auto operation = at.map.wait(1);
  co_await operation;
  at.got = 1;
}
owned by_name_moved(world& at) {
  auto operation = at.map.take(1);
  at.got = *co_await std::move(operation);
}
owned by_name_in_an_expression(world& at) {
  auto first = at.map.wait(1);
  auto second = at.map.wait(2);
  at.got = *co_await first + *co_await second;
}
owned of_a_variable(world& at) {
  const int key = 1;
  at.got = *co_await at.map.wait(key);
}
owned of_a_literal(world& at) {
  auto text = co_await at.texts.wait("one");
  at.said = *text;
}
owned of_a_temporary_text(world& at) { at.said = *co_await at.texts.wait(std::string("two")); }
owned of_a_text_by_value(world& at) {
  std::string key = "one";
  at.said = (co_await at.texts.take(std::move(key))).value();
}
owned of_a_text_used_in_place(world& at) {
  at.said = "said: " + *co_await at.texts.wait("one") + *co_await at.texts.wait("two");
}
owned computed(world& at) {
  auto make = [] { return compute_eight(); };
  auto looking = waitmap::get_or_compute(at.other, 1, make);
  auto value = co_await std::move(looking);
  co_await at.map.wait(1);
  at.got = value;
}

TEST_CASE("each member that waits is awaited as an expression and by name", "[6.7]") {
  CHECK(outcome_of(with_result) == 5);
  CHECK(outcome_of(taken) == 5);
  CHECK(outcome_of(visited) == 5);
  CHECK(outcome_of(visited_for_a_result) == 10);
  CHECK(outcome_of(modified) == 10);
  CHECK(outcome_of(subscribed) == 5);
  CHECK(outcome_of(subscribed_taker) == 5);
  CHECK(outcome_of(with_token) == 5);
  CHECK(outcome_of(taken_with_token) == 5);
  CHECK(outcome_of(with_token_as_statement) == 1);
  CHECK(outcome_of(with_named_token) == 5);
  CHECK(outcome_of(by_name) == 5);
  CHECK(outcome_of(by_name_as_statement) == 1);
  CHECK(outcome_of(by_name_moved) == 5);
  CHECK(outcome_of(by_name_in_an_expression) == 12);
  CHECK(outcome_of(of_a_variable) == 5);
  CHECK(outcome_of(of_a_literal) == 0);
  CHECK(outcome_of(of_a_temporary_text) == 0);
  CHECK(outcome_of(of_a_text_by_value) == 0);
  CHECK(outcome_of(of_a_text_used_in_place) == 0);
  CHECK(outcome_of(computed) == 8);
}

// --- several keys --------------------------------------------------------------------------------------------------

int sum_of(const std::vector<waitmap::wait_outcome<int>>& outcomes) {
  int sum = 0;
  for (const auto& outcome : outcomes) sum += *outcome;
  return sum;
}

owned all_of_a_vector(world& at) {
  std::vector<int> keys{1, 2, 3};
  auto outcomes = co_await at.map.wait_all(keys);
  at.got = sum_of(outcomes);
}
owned all_as_an_argument(world& at) {
  std::vector<int> keys{1, 2, 3};
  at.got = sum_of(co_await at.map.wait_all(keys));
}
owned all_of_a_moved_vector(world& at) {
  std::vector<int> keys{1, 2};
  at.got = sum_of(co_await at.map.wait_all(std::move(keys)));
}
owned all_of_an_array(world& at) {
  const std::array<int, 2> keys{1, 2};
  co_await at.map.wait_all(keys);
  at.got = 1;
}
owned all_of_a_named_list(world& at) {
  auto both = at.map.wait_all({1, 2});
  at.got = sum_of(co_await both);
}
owned all_with_a_token(world& at) {
  std::vector<int> keys{1, 2};
  at.got = sum_of(co_await at.map.wait_all(keys, at.stop.get_token()));
}
owned any_of_a_vector(world& at) {
  std::vector<int> keys{1, 2};
  auto first = co_await at.map.wait_any(keys);
  at.got = *first.outcome;
}
owned any_in_an_expression(world& at) {
  std::vector<int> keys{1, 2};
  at.got = *(co_await at.map.wait_any(keys)).outcome + 1;
}
owned index_of_any(world& at) {
  std::vector<int> keys{4, 1};
  at.got = static_cast<int>((co_await at.map.wait_any(keys)).index);
}
owned any_of_a_named_list(world& at) {
  auto either = at.map.wait_any({1, 2});
  at.got = *(co_await either).outcome;
}
owned one_taken_of_a_vector(world& at) {
  std::vector<int> keys{1, 2};
  at.got = *(co_await at.map.take_any(keys)).outcome;
}
owned one_taken_with_a_token(world& at) {
  std::vector<int> keys{1, 2};
  auto first = co_await at.map.take_any(keys, at.stop.get_token());
  at.got = *first.outcome;
}
owned all_in_a_range_for(world& at) {
  std::vector<int> keys{1, 2, 3};
  for (auto& outcome : co_await at.map.wait_all(keys)) at.got += *outcome;
}

TEST_CASE("a wait for several keys is awaited in each form", "[6.7]") {
  CHECK(outcome_of(all_of_a_vector) == 23);
  CHECK(outcome_of(all_as_an_argument) == 23);
  CHECK(outcome_of(all_of_a_moved_vector) == 12);
  CHECK(outcome_of(all_of_an_array) == 1);
  CHECK(outcome_of(all_of_a_named_list) == 12);
  CHECK(outcome_of(all_with_a_token) == 12);
  CHECK(outcome_of(any_of_a_vector) == 5);
  CHECK(outcome_of(any_in_an_expression) == 6);
  CHECK(outcome_of(index_of_any) == 1);
  CHECK(outcome_of(any_of_a_named_list) == 5);
  CHECK(outcome_of(one_taken_of_a_vector) == 5);
  CHECK(outcome_of(one_taken_with_a_token) == 5);
  CHECK(outcome_of(all_in_a_range_for) == 23);
}

// --- conditions and loops ------------------------------------------------------------------------------------------

owned named_in_an_if(world& at) {
  if (auto value = co_await at.map.wait(1); value) at.got = *value;
}
owned declared_in_an_if(world& at) {
  if (auto value = co_await at.map.wait(1)) at.got = *value;
}
owned declared_in_a_while(world& at) {
  while (auto value = co_await at.map.take(1)) {
    at.got += *value;
    if (at.got == 15) break;
  }
}
owned in_the_body_of_a_for(world& at) {
  for (int key = 1; key <= 3; ++key) at.got += *co_await at.map.wait(key);
}
owned in_the_body_of_a_do(world& at) {
  do {
    at.got += *co_await at.map.take(1);
  } while (at.got < 10);
}

TEST_CASE("a wait is awaited in loops and in declarations of conditions", "[6.7]") {
  CHECK(outcome_of(named_in_an_if) == 5);
  CHECK(outcome_of(declared_in_an_if) == 5);
  CHECK(outcome_of(declared_in_a_while) == 15);
  CHECK(outcome_of(in_the_body_of_a_for) == 23);
  CHECK(outcome_of(in_the_body_of_a_do) == 10);
}

// --- each kind of coroutine ----------------------------------------------------------------------------------------

struct object {
  world* at;
  owned by_value(int key) { at->got = *co_await at->map.wait(key); }
  owned as_statement() const {
    co_await at->map.wait(1);
    at->got = 1;
  }
  static owned without_object(world& at) { use(at, co_await at.map.wait(1)); }
};
template <class Map>
owned of_any_map(Map& map, int& got) {
  co_await map.wait(1);
  got += *co_await map.wait(2);
}
owned member(world& at) {
  object one{&at};
  return one.without_object(at);
}
owned in_a_template(world& at) { return of_any_map(at.map, at.got); }
owned in_a_lambda(world& at) {
  auto coroutine = [](world& in) -> owned {
    co_await in.map.wait(1);
    in.got += *co_await in.map.wait(2);
  };
  return coroutine(at);
}
owned in_a_generic_lambda(world& at) {
  auto coroutine = [](auto& in) -> owned { in.got += *co_await in.map.wait(2); };
  return coroutine(at);
}

TEST_CASE("a wait is awaited in each kind of coroutine", "[6.7]") {
  CHECK(outcome_of(member) == 5);
  CHECK(outcome_of(in_a_template) == 7);
  CHECK(outcome_of(in_a_lambda) == 7);
  CHECK(outcome_of(in_a_generic_lambda) == 7);

  world at;
  object one{&at};
  const owned first = one.by_value(1);
  const owned second = one.as_statement();
  at.fill();
  CHECK(first.done());
  CHECK(second.done());
  CHECK(at.got == 1);
}

// --- what g++ 12 gets wrong ----------------------------------------------------------------------------------------

#if WAIT_MAP_ALL_FORMS

owned in_an_if(world& at) {
  if (co_await at.map.wait(1)) at.got = 1;
}
owned negated_in_an_if(world& at) {
  if (!co_await at.map.wait(1)) co_return;
  at.got = 1;
}
owned compared_in_an_if(world& at) {
  if (*co_await at.map.wait(1) == 5) at.got = 1;
}
owned both_in_an_if(world& at) {
  if ((co_await at.map.wait(1)) && (co_await at.map.wait(2))) at.got = 1;
}
owned in_a_while(world& at) {
  while (co_await at.map.take(1)) {
    if (++at.got == 3) break;
  }
}
owned in_a_do_while(world& at) {
  do {
    ++at.got;
  } while (*co_await at.map.take(1) == 5 && at.got < 3);
}
owned in_a_for(world& at) {
  for (; co_await at.map.take(1);) {
    if (++at.got == 3) break;
  }
}
owned in_a_switch(world& at) {
  switch (*co_await at.map.wait(1)) {
    case 5:
      at.got = 1;
      break;
    default:
      at.got = 2;
  }
}
owned in_a_switch_on_its_end(world& at) {
  switch ((co_await at.map.wait_result(1)).status()) {
    case waitmap::wait_status::value:
      at.got = 1;
      break;
    default:
      at.got = 2;
  }
}
owned chosen(world& at) {
  auto value = at.stop.stop_requested() ? co_await at.map.take(2) : co_await at.map.wait(1);
  at.got = *value;
}
owned chosen_by_a_wait(world& at) { at.got = co_await at.map.wait(1) ? 1 : 2; }
owned in_braces(world& at) {
  std::array<std::optional<int>, 2> both{co_await at.map.wait(1), co_await at.map.wait(2)};
  at.got = *both[0] + *both[1];
}
owned bound(world& at) {
  at.other.insert(1, 2);
  waitmap::wait_map<int, std::pair<int, int>> pairs;
  pairs.insert(1, {3, 4});
  co_await at.map.wait(1);
  const auto [first, second] = *co_await pairs.wait(1);
  at.got = first + second;
}
owned with_an_owning_closure(world& at) {
  auto mine = std::make_unique<int>(3);
  at.got =
      *co_await at.map.wait_with(1, [mine = std::move(mine)](int value) { return value + *mine; });
}
owned of_keys_in_braces(world& at) { at.got = sum_of(co_await at.map.wait_all({1, 2})); }
owned of_a_vector_made_there(world& at) {
  at.got = sum_of(co_await at.map.wait_all(std::vector<int>{1, 2}));
}

TEST_CASE("a wait is awaited in conditions, choices and braces, but by g++ 12", "[6.7]") {
  CHECK(outcome_of(in_an_if) == 1);
  CHECK(outcome_of(negated_in_an_if) == 1);
  CHECK(outcome_of(compared_in_an_if) == 1);
  CHECK(outcome_of(both_in_an_if) == 1);
  CHECK(outcome_of(in_a_while) == 3);
  CHECK(outcome_of(in_a_do_while) == 3);
  CHECK(outcome_of(in_a_for) == 3);
  CHECK(outcome_of(in_a_switch) == 1);
  CHECK(outcome_of(in_a_switch_on_its_end) == 1);
  CHECK(outcome_of(chosen) == 5);
  CHECK(outcome_of(chosen_by_a_wait) == 1);
  CHECK(outcome_of(in_braces) == 12);
  CHECK(outcome_of(bound) == 7);
  CHECK(outcome_of(with_an_owning_closure) == 8);
  CHECK(outcome_of(of_keys_in_braces) == 12);
  CHECK(outcome_of(of_a_vector_made_there) == 12);
}

#endif

}  // namespace forms_test
