// wait_forms: every way to begin to wait.
#pragma once

#include <array>
#include <cstddef>
#include <source_location>
#include <vector>

#include "../support/own_stop_source.hpp"
#include "reference.hpp"

namespace fuzz {

// What fails waits, and what functions handed to the map throw.
struct expected_error {};

// Where a wait was called: one of few places, told apart by their columns.
inline std::source_location place_of(int number) {
  using place = std::source_location;
  static constexpr std::array all{place::current(), place::current(), place::current()};
  return all[static_cast<std::size_t>(number) % all.size()];
}

// What a wait is begun with. It lives as long as the wait.
template <class Key>
struct wait_arguments {
  int number = 0;
  std::vector<Key> keys{};
  bool stoppable = false;
  support::own_stop_source source{};

  const Key& key() const { return keys.front(); }
  support::own_stop_source::token token() {
    return stoppable ? source.get_token() : support::own_stop_source::token();
  }
  std::source_location place() const { return place_of(number); }
};

template <class Value>
struct functions {
  static int look(const Value& value) { return value.number() + seen; }
  static int modify(Value& value) {
    value.set_number(value.number() + modified);
    return value.number();
  }
  static int refuse(const Value&) { throw expected_error{}; }
  static void change(Value& value) { value.set_number(value.number() + changed); }
};

// Calls start(make), where make(map, arguments) returns what a coroutine awaits. With a stop token, which
// may be one that cannot be stopped.
template <class Setup, class Start>
void start_form(wait_kind kind, Start start) {
  using map = typename Setup::map_type&;
  using with = wait_arguments<typename Setup::key_type>&;
  using call = functions<typename Setup::value_type>;
  switch (kind) {
    case wait_kind::wait:
      return start([](map m, with a) { return m.wait(a.key(), a.token(), a.place()); });
    case wait_kind::wait_result:
      return start([](map m, with a) { return m.wait_result(a.key(), a.token(), a.place()); });
    case wait_kind::claim_or_wait:
      return start([](map m, with a) { return m.claim_or_wait(a.key(), a.token(), a.place()); });
    case wait_kind::wait_with:
      return start(
          [](map m, with a) { return m.wait_with(a.key(), call::look, a.token(), a.place()); });
    case wait_kind::wait_modify:
      return start(
          [](map m, with a) { return m.wait_modify(a.key(), call::modify, a.token(), a.place()); });
    case wait_kind::wait_throwing:
      return start(
          [](map m, with a) { return m.wait_with(a.key(), call::refuse, a.token(), a.place()); });
    case wait_kind::take:
      return start(
          [](map m, with a) { return m.take(Setup::to_move(a.key()), a.token(), a.place()); });
    case wait_kind::subscribe:
      return start([](map m, with a) { return m.subscribe(a.key(), a.token(), a.place()); });
    case wait_kind::subscribe_take:
      return start([](map m, with a) { return m.subscribe_take(a.key(), a.token(), a.place()); });
    case wait_kind::wait_all:
      return start([](map m, with a) { return m.wait_all(a.keys, a.token(), a.place()); });
    case wait_kind::subscribe_all:
      return start([](map m, with a) { return m.subscribe_all(a.keys, a.token(), a.place()); });
    case wait_kind::wait_any:
      return start([](map m, with a) { return m.wait_any(a.keys, a.token(), a.place()); });
    case wait_kind::take_any:
      return start([](map m, with a) { return m.take_any(a.keys, a.token(), a.place()); });
  }
}

// Likewise, without any stop token: as most users wait.
constexpr bool has_plain_form(wait_kind kind) {
  return kind == wait_kind::wait || kind == wait_kind::take;
}
template <class Setup, class Start>
void start_plain_form(wait_kind kind, Start start) {
  using map = typename Setup::map_type&;
  using with = wait_arguments<typename Setup::key_type>&;
  if (kind == wait_kind::wait) {
    start([](map m, with a) { return m.wait(a.key()); });
  } else {
    start([](map m, with a) { return m.take(a.key()); });
  }
}

}  // namespace fuzz
