#include <optional>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/counted.hpp"
#include "support/failing.hpp"
#include "support/fragile.hpp"
#include "support/last_words.hpp"
#include "support/waiter.hpp"

namespace failing_group_test {

using number = support::counted<>;
using map_type = waitmap::wait_map<int, number>;
using waitmap::wait_status;

// Copies throw while one is alive.
struct copies_throw {
  copies_throw() { number::copies_before_throw = 0; }
  ~copies_throw() { number::copies_before_throw = -1; }
};

// Failed once: the key had won the wait_any, and then nobody resumed it.
TEST_CASE("wait_any rethrows where a present value cannot be copied", "[3.9][6.2]") {
  number::reset();
  map_type map;
  map.try_emplace(2, 20);
  const auto make = [&] { return map.wait_any({1, 2, 3}); };
  std::optional<support::waiter<decltype(make)>> any;
  {
    const copies_throw now;
    any.emplace(make);
  }
  CHECK(any->failed_with<support::told_to_throw>());
  CHECK(map.waiting() == 0);
  CHECK(map.get(2)->number() == 20);
}

TEST_CASE("wait_any rethrows where an arriving value cannot be copied, the insert succeeds",
          "[3.9]") {
  number::reset();
  map_type map;
  support::waiter any([&] { return map.wait_any({1, 2}); });
  {
    const copies_throw now;
    CHECK(map.try_emplace(2, 20).resumed == 1);
  }
  CHECK(any.failed_with<support::told_to_throw>());
  CHECK(map.waiting() == 0);
}

TEST_CASE("a key of wait_all whose value cannot be copied fails alone", "[3.9]") {
  number::reset();
  map_type map;
  support::waiter all([&] { return map.wait_all({1, 2, 3}); });
  map.try_emplace(1, 10);
  {
    const copies_throw now;
    CHECK(map.try_emplace(2, 20).resumed == 1);
  }
  map.try_emplace(3, 30);
  REQUIRE(all.has_result());
  CHECK(all.result()[0]->number() == 10);
  CHECK(all.result()[1].status() == wait_status::failed);
  CHECK_THROWS_AS(all.result()[1].value(), support::told_to_throw);
  CHECK(all.result()[2]->number() == 30);
}

TEST_CASE("a present key of wait_all whose value cannot be copied fails alone, too", "[3.9]") {
  number::reset();
  map_type map;
  map.try_emplace(1, 10);
  const auto make = [&] { return map.wait_all({1, 2}); };
  std::optional<support::waiter<decltype(make)>> all;
  {
    const copies_throw now;
    all.emplace(make);
  }
  map.try_emplace(2, 20);
  REQUIRE(all->has_result());
  CHECK(all->result()[0].status() == wait_status::failed);
  CHECK(all->result()[1]->number() == 20);
}

// Every hash, comparison and copy of a key that a registration makes, each failing in turn.
TEST_CASE("a group whose registration throws has not begun", "[6.2]") {
  using key = support::fragile<support::fragile_moves::never_throws>;
  using support::step;
  waitmap::wait_map<key, int, support::fragile_hash, support::fragile_equal> map(
      waitmap::options{.capacity = 20, .shards = 1});
  const key keys[] = {key(1), key(2), key(3)};
  const auto watch = [&] { return map.wait(keys[1]); };
  support::waiter first(watch), second(watch);

  const auto fails_at_each = [&](step kind, auto make) {
    int failures = 0;
    for (std::size_t n = 0;; ++n) {
      std::optional<support::waiter<decltype(make)>> tried;
      {
        const support::failing one(kind, n);
        tried.emplace(make);
        if (!one.has_failed()) return failures;
      }
      failures += tried->template failed_with<support::step_failed>();
      CHECK_FALSE(tried->pending());
      CHECK(map.waiting() == 2);
    }
  };
  for (const step kind : {step::hash, step::comparison, step::copy}) {
    CHECK(fails_at_each(kind, [&] { return map.wait_all(keys); }) > 0);
    CHECK(fails_at_each(kind, [&] { return map.wait_any(keys); }) > 0);
    CHECK(fails_at_each(kind, [&] { return map.take_any(keys); }) > 0);
  }
  CHECK((first.pending() && second.pending()));
  CHECK(map.insert(keys[1], 2).resumed == 2);
}

TEST_CASE("a group that failed to register leaves the values to others", "[6.2]") {
  using key = support::fragile<support::fragile_moves::never_throws>;
  waitmap::wait_map<key, int, support::fragile_hash, support::fragile_equal> map(
      waitmap::options{.capacity = 20, .shards = 1});
  const key keys[] = {key(1), key(2)};
  {
    const support::failing second_hash(support::step::hash, 1);
    support::waiter failed([&] { return map.take_any(keys); });
    CHECK(failed.failed_with<support::step_failed>());
  }
  support::waiter taker([&] { return map.take(keys[0]); });
  map.insert(keys[0], 1);
  CHECK(taker.has_result());
}

TEST_CASE("a group that is awaited while it is being awaited ends the program", "[3.10]") {
  const std::string words = support::last_words([] {
    waitmap::wait_map<int, int> map;
    auto operation = map.wait_all({1, 2});
    std::optional<std::vector<waitmap::wait_outcome<int>>> result;
    support::await_into(operation, result);
    support::await_into(operation, result);
  });
  CHECK(words.find("awaited a second time") != std::string::npos);
}

}  // namespace failing_group_test
