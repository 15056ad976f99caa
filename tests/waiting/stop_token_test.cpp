#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"

namespace stop_token_test {

using map_type = waitmap::wait_map<int, std::string>;

TEMPLATE_TEST_CASE("a stop request ends the wait with nothing", "[3.8]", KINDS_OF_STOP_SOURCE) {
  map_type map;
  TestType source;
  support::noted<std::string> watched, taken, other;
  const auto watcher = support::observe(map, 1, watched, source.get_token());
  const auto taker = support::take(map, 1, taken, source.get_token());
  const auto bystander = support::observe(map, 1, other);
  CHECK(map.waiting(1) == 3);
  source.request_stop();
  CHECK(watched.got_nothing());
  CHECK(taken.got_nothing());
  CHECK(other.pending());
  CHECK(map.waiting(1) == 1);
  CHECK(map.insert(1, "one").resumed == 1);
}

TEMPLATE_TEST_CASE("a stop requested before the wait ends it without suspending", "[3.8]",
                   KINDS_OF_STOP_SOURCE) {
  map_type map;
  TestType source;
  source.request_stop();
  support::noted<std::string> note;
  const auto waiter = support::observe(map, 1, note, source.get_token());
  CHECK(note.got_nothing());
  CHECK(waiter.done());
  CHECK(map.waiting() == 0);
}

TEMPLATE_TEST_CASE("a stop request after the outcome does nothing", "[3.8]", KINDS_OF_STOP_SOURCE) {
  support::manual_executor executor;
  support::manual_map<int, std::string> map(executor.get_resumer());
  TestType source;
  support::noted<std::string> watched, taken;
  const auto watcher = support::observe(map, 1, watched, source.get_token());
  const auto taker = support::take(map, 1, taken, source.get_token());
  map.insert(1, "one");
  source.request_stop();
  CHECK(executor.run_all() == 2);
  CHECK(watched.got("one"));
  CHECK(taken.got("one"));
}

TEMPLATE_TEST_CASE("a token whose stop nobody can request is no hindrance", "[3.8]",
                   KINDS_OF_STOP_SOURCE) {
  map_type map;
  using token_type = decltype(std::declval<TestType&>().get_token());
  support::noted<std::string> note;
  const auto waiter = support::observe(map, 1, note, token_type());
  map.insert(1, "one");
  CHECK(note.got("one"));
}

TEMPLATE_TEST_CASE("wait_with and wait_modify are stopped too", "[3.8]", KINDS_OF_STOP_SOURCE) {
  map_type map;
  TestType source;
  int ends = 0;
  const auto visit = [](map_type& where, auto token, bool modify, int& ended) -> support::owned {
    auto with = where.wait_with(1, [](const std::string& value) { return value.size(); }, token);
    auto changing = where.wait_modify(1, [](std::string& value) { value = "changed"; }, token);
    if (modify) {
      auto result = co_await changing;
      ended += !result;
    } else {
      auto result = co_await with;
      ended += !result;
    }
  };
  const auto one = visit(map, source.get_token(), true, ends);
  const auto two = visit(map, source.get_token(), false, ends);
  CHECK(map.waiting() == 2);
  source.request_stop();
  CHECK(ends == 2);
}

TEMPLATE_TEST_CASE("a resumed coroutine may request the stop of those behind it", "[3.8][5.3]",
                   KINDS_OF_STOP_SOURCE) {
  map_type map;
  TestType source;
  const auto stop_when_resumed = [](map_type& where, TestType& stopping) -> support::owned {
    auto value = co_await where.wait(1);
    if (value) stopping.request_stop();
  };
  support::noted<std::string> decided, other_key;
  const auto first = stop_when_resumed(map, source);
  const auto second = support::observe(map, 1, decided, source.get_token());
  const auto third = support::observe(map, 2, other_key, source.get_token());
  map.insert(1, "one");
  CHECK(decided.got("one"));
  CHECK(other_key.got_nothing());
}

// Its stop is requested while the callback registers, as if by another thread: after
// stop_requested() was asked, before the waiter is linked.
struct token_stopped_at_registration {
  template <class Function>
  struct callback_type {
    callback_type(token_stopped_at_registration, Function function) { function(); }
  };
  bool stop_requested() const noexcept { return false; }
  bool stop_possible() const noexcept { return true; }
};

TEST_CASE("a stop requested during registration ends the wait without suspending", "[3.8]") {
  map_type map;
  support::noted<std::string> absent, present;
  const auto one = support::observe(map, 1, absent, token_stopped_at_registration{});
  CHECK(absent.got_nothing());
  CHECK(map.waiting() == 0);
  map.insert(1, "one");
  const auto two = support::observe(map, 1, present, token_stopped_at_registration{});
  CHECK(present.got("one"));
}

struct cannot_register {};

struct token_that_throws {
  template <class Function>
  struct callback_type {
    callback_type(token_that_throws, Function) { throw cannot_register{}; }
  };
  bool stop_requested() const noexcept { return false; }
  bool stop_possible() const noexcept { return true; }
};

TEST_CASE("a stop callback that cannot be registered fails the wait, which leaves nothing",
          "[3.8][6.2]") {
  map_type map;
  support::noted<std::string> note;
  const auto waiter = support::observe(map, 1, note, token_that_throws{});
  CHECK(note.failed());
  CHECK(map.waiting() == 0);
}

}  // namespace stop_token_test
