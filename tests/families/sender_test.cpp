// The waits as senders, connected to a receiver of our own.
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <wait_map/execution.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/operations.hpp"
#include "support/own_stop_source.hpp"
#include "support/race.hpp"
#include "support/receiver.hpp"

namespace sender_test {

using map_type = waitmap::wait_map<int, int>;
using source_type = support::own_stop_source;

// The senders, and the kind of wait that each of them is.
struct wait : support::waits {
  static auto sender(auto& map) { return waitmap::async_wait(map, 1); }
};
struct wait_result : support::waits_for_result {
  static auto sender(auto& map) { return waitmap::async_wait_result(map, 1); }
};
struct wait_with : support::waits_with {
  static auto sender(auto& map) {
    return waitmap::async_wait_with(map, 1, [](int value) { return value; });
  }
};
struct wait_modify : support::modifies {
  static auto sender(auto& map) {
    return waitmap::async_wait_modify(map, 1, [](int& value) { return value; });
  }
};
struct take : support::takes_one {
  static auto sender(auto& map) { return waitmap::async_take(map, 1); }
};
struct claim_or_wait : support::follows {
  static auto sender(auto& map) { return waitmap::async_claim_or_wait(map, 1); }
};
struct wait_all : support::waits_for_all {
  static auto sender(auto& map) { return waitmap::async_wait_all(map, {1, 2}); }
};
struct wait_any : support::waits_for_any {
  static auto sender(auto& map) { return waitmap::async_wait_any(map, {1, 2}); }
};
struct take_any : support::takes_any {
  static auto sender(auto& map) { return waitmap::async_take_any(map, {1, 2}); }
};
#define EVERY_SENDER \
  wait, wait_result, wait_with, wait_modify, take, claim_or_wait, wait_all, wait_any, take_any

template <class Kind>
using result_of = decltype(Kind::begin(std::declval<map_type&>()).await_resume());
template <class Kind>
using completion = support::completion<result_of<Kind>>;

template <class Kind, class Map>
auto connect(Map& map, completion<Kind>& to, source_type::token token = {}) {
  return Kind::sender(map).connect(support::receiver<result_of<Kind>>(to, token));
}

TEMPLATE_TEST_CASE("a sender completes with what the co_await would return", "[5.7]",
                   EVERY_SENDER) {
  map_type map;
  auto claim = map.try_claim(1);
  source_type source;
  completion<TestType> got;
  auto state = connect<TestType>(map, got, source.get_token());
  CHECK(map.waiting() == 0);  // not started
  state.start();
  CHECK(got.pending());
  support::insert_both(map);
  REQUIRE(got.value);
  CHECK(got.times == 1);
  CHECK(TestType::got_ten(*got.value));
  CHECK(map.size() == (TestType::takes ? 1u : 2u));
  CHECK(source.callbacks() == 0);
}

TEMPLATE_TEST_CASE("a value that is there completes the sender when it is started", "[5.7]",
                   EVERY_SENDER) {
  map_type map;
  support::insert_both(map);
  completion<TestType> got;
  auto state = connect<TestType>(map, got);
  state.start();
  REQUIRE(got.value);
  CHECK(TestType::got_ten(*got.value));
}

TEMPLATE_TEST_CASE("a stop of the receiver's token completes the sender as stopped", "[5.7]",
                   EVERY_SENDER) {
  map_type map;
  auto claim = map.try_claim(1);
  source_type source;
  completion<TestType> got, early;
  auto state = connect<TestType>(map, got, source.get_token());
  state.start();
  source.request_stop();
  CHECK(got.was_stopped());
  CHECK(map.waiting() == 0);
  auto late = connect<TestType>(map, early, source.get_token());
  late.start();
  CHECK(early.was_stopped());
  CHECK(source.callbacks() == 0);
}

TEMPLATE_TEST_CASE("an exception completes the sender with an error", "[5.7]", wait, wait_with,
                   take, wait_any) {
  map_type map;
  completion<TestType> got;
  auto state = connect<TestType>(map, got);
  state.start();
  map.fail(1, std::make_exception_ptr(5));
  REQUIRE(got.error);
  CHECK(got.times == 1);
  CHECK_THROWS_AS(std::rethrow_exception(got.error), int);
}

struct same_hash {
  std::size_t operator()(int) const noexcept { return 5; }
};
struct throwing_equal {
  const bool* throws;
  bool operator()(int left, int right) const {
    if (*throws) throw 5;
    return left == right;
  }
};

TEMPLATE_TEST_CASE(
    "a registration that throws completes the sender with the error, and leaves no callback",
    "[5.7][6.2]", wait, take, wait_all, take_any) {
  bool throws = false;
  waitmap::wait_map<int, int, same_hash, throwing_equal> map(waitmap::options{}, {}, {&throws});
  map.insert(3, 30);
  source_type source;
  completion<TestType> got;
  auto state = connect<TestType>(map, got, source.get_token());
  throws = true;
  state.start();
  throws = false;
  CHECK(got.error);
  CHECK(got.times == 1);
  CHECK(source.callbacks() == 0);
  CHECK(map.waiting() == 0);
}

TEMPLATE_TEST_CASE("an operation state that is destroyed ends its wait", "[5.7][3.6]",
                   EVERY_SENDER) {
  map_type map;
  auto claim = map.try_claim(1);
  completion<TestType> got;
  {
    auto state = connect<TestType>(map, got);
    state.start();
    CHECK(map.waiting() != 0);
  }
  CHECK(map.waiting() == 0);
  support::insert_both(map);
  CHECK(got.pending());
}

TEMPLATE_TEST_CASE("a sender completes where the map's waits are resumed", "[5.7][5.2]",
                   EVERY_SENDER) {
  support::manual_executor executor;
  support::manual_map<int, int> map(executor.get_resumer());
  auto claim = map.try_claim(1);
  if constexpr (!std::is_same_v<TestType, claim_or_wait>) {  // its result names the map
    completion<TestType> got;
    auto state = TestType::sender(map).connect(support::receiver<result_of<TestType>>(got));
    state.start();
    support::insert_both(map);
    CHECK(got.pending());
    CHECK(executor.run_all() == 1);
    CHECK(got.value);
  }
}

TEMPLATE_TEST_CASE("a stop that races with the value completes a sender once, and loses nothing",
                   "[5.7][3.5]", EVERY_SENDER) {
  int wrong = 0;
  for (int round = 0; round < 500; ++round) {
    map_type map;
    auto claim = map.try_claim(1);
    source_type source;
    completion<TestType> got;
    auto state = connect<TestType>(map, got, source.get_token());
    if (round % 2 == 0) {
      state.start();
      support::race([&] { source.request_stop(); }, [&] { support::insert_both(map); });
    } else {
      support::race([&] { state.start(); }, [&] { source.request_stop(); },
                    [&] { support::insert_both(map); });
    }
    wrong += got.times != 1 || got.value.has_value() == got.stopped;
    wrong += map.size() != (TestType::takes && got.value ? 1u : 2u);
    wrong += map.waiting() != 0;
  }
  CHECK(wrong == 0);
}

// As libunifex has them. (Its query for the stop token has no name here: without it none is asked for.)
template <class Result>
struct done_receiver {
  support::completion<Result>* to;
  bool throws = false;

  void set_value(Result&& result) && {
    if (throws) throw 5;
    ++to->times;
    to->value.emplace(std::move(result));
  }
  void set_error(std::exception_ptr error) && noexcept {
    ++to->times;
    to->error = std::move(error);
  }
  void set_done() && noexcept {
    ++to->times;
    to->stopped = true;
  }
};
template <class... Types>
struct list;

TEMPLATE_TEST_CASE("every kind of wait is a sender of libunifex's kind", "[5.6]", EVERY_OPERATION) {
  using operation = decltype(TestType::begin(std::declval<map_type&>()));
  using result = result_of<TestType>;
  STATIC_REQUIRE(
      std::is_same_v<typename operation::template value_types<list, list>, list<list<result>>>);
  STATIC_REQUIRE(
      std::is_same_v<typename operation::template error_types<list>, list<std::exception_ptr>>);
  STATIC_REQUIRE(operation::sends_done);

  map_type map;
  auto claim = map.try_claim(1);
  support::completion<result> got, failed;
  auto state = TestType::begin(map).connect(done_receiver<result>{&got});
  state.start();
  CHECK(got.pending());
  support::insert_both(map);
  REQUIRE(got.value);
  CHECK(TestType::got_ten(*got.value));

  support::insert_both(map);
  auto throwing = TestType::begin(map).connect(done_receiver<result>{&failed, true});
  throwing.start();
  CHECK(failed.times == 1);
  CHECK_THROWS_AS(std::rethrow_exception(failed.error), int);
}

TEST_CASE("a receiver may end the life of its operation state, and of the map", "[5.7][3.3]") {
  struct owner {
    std::optional<map_type> map{std::in_place};
    source_type source;
    struct receiver {
      owner* all;
      using environment = support::receiver<std::optional<int>>::environment;
      environment get_env() const noexcept { return {all->source.get_token()}; }
      void set_value(std::optional<int>&& value) && noexcept {
        all->got = value;
        owner* const here = all;
        here->state.reset();  // and *this
      }
      void set_error(std::exception_ptr) && noexcept {}
      void set_stopped() && noexcept {}
    };
    using state_type = decltype(waitmap::async_wait(*map, 1).connect(std::declval<receiver>()));
    std::unique_ptr<state_type> state;
    std::optional<int> got;
  };
  owner all;
  all.state.reset(
      new owner::state_type(waitmap::async_wait(*all.map, 1).connect(owner::receiver{&all})));
  all.state->start();
  all.map->insert(1, 10);
  CHECK(all.got == 10);
  CHECK(all.state == nullptr);
}

TEST_CASE("a sender is connected as often as one likes where its key can be copied", "[5.7]") {
  waitmap::wait_map<std::string, int> map;
  const auto sender = waitmap::async_wait(map, "key");
  support::completion<std::optional<int>> first, second;
  auto one = sender.connect(support::receiver<std::optional<int>>(first));
  auto two = sender.connect(support::receiver<std::optional<int>>(second));
  one.start();
  two.start();
  CHECK(map.insert("key", 10).resumed == 2);
  CHECK(*first.value == 10);
  CHECK(*second.value == 10);
}

TEST_CASE("a claim comes to a sender, and one whose state is destroyed passes it on",
          "[5.7][3.12]") {
  map_type map;
  using claimed = map_type::claim_or_outcome_type;
  support::completion<claimed> first, second;
  std::optional holder(map.try_claim(1));
  auto one = waitmap::async_claim_or_wait(map, 1).connect(support::receiver<claimed>(first));
  auto two = waitmap::async_claim_or_wait(map, 1).connect(support::receiver<claimed>(second));
  one.start();
  two.start();
  holder.reset();
  REQUIRE(first.value);
  CHECK(first.value->claim);
  CHECK(second.pending());
  first.value.reset();
  REQUIRE(second.value);
  CHECK(second.value->claim);
}

}  // namespace sender_test
