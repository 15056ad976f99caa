#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/maps.hpp"
#include "support/noted.hpp"

namespace escaping_exception_test {

using waitmap::insert_outcome;

template <class Map>
support::owned wait_and_throw(Map& map, int key, std::string message) {
  try {
    auto value = co_await map.wait(key);
    (void)value;
  } catch (int) {
  }
  throw std::runtime_error(message);
}

template <class Map>
support::owned wait_and_insert(Map& map, int key, int next, std::string& caught) {
  auto value = co_await map.wait(key);
  try {
    map.insert(next, value.value_or(-1));
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
}

template <class Function>
std::string message_of(Function&& function) {
  try {
    function();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEMPLATE_TEST_CASE("coroutines that exit by exceptions do not keep others from being resumed",
                   "[5.4]", waitmap::default_policy, support::immediate_policy) {
  support::map_with<TestType> map;
  std::vector<support::noted<int>> notes(3);
  const auto a = support::observe(map, 1, notes[0]);
  const auto b = wait_and_throw(map, 1, "first");
  const auto c = support::observe(map, 1, notes[1]);
  const auto d = wait_and_throw(map, 1, "second");
  const auto e = support::observe(map, 1, notes[2]);
  CHECK(message_of([&] { map.insert(1, 10); }) == "first");
  for (const auto& note : notes) CHECK(note.got(10));
  CHECK(map.get(1) == 10);
  CHECK(map.waiting() == 0);
  CHECK(b.done());
  CHECK(d.done());

  // And what comes after works as ever.
  support::noted<int> later;
  const auto f = support::observe(map, 2, later);
  CHECK(map.insert(2, 20).resumed == 1);
  CHECK(later.got(20));
}

template <class Map>
support::owned wait_and_look_for_exception(Map& map, int key, std::exception_ptr& seen) {
  auto value = co_await map.wait(key);
  (void)value;
  seen = std::current_exception();
}

TEMPLATE_TEST_CASE("a coroutine that is resumed after another threw does not run in its handler",
                   "[5.4]", waitmap::default_policy, support::immediate_policy) {
  support::map_with<TestType> map;
  std::exception_ptr seen = std::make_exception_ptr(1);
  const auto a = wait_and_throw(map, 1, "thrown");
  const auto b = wait_and_look_for_exception(map, 1, seen);
  CHECK(message_of([&] { map.insert(1, 10); }) == "thrown");
  CHECK(b.done());
  CHECK(seen == nullptr);
}

TEMPLATE_TEST_CASE("the effect of a call whose coroutine throws stands", "[5.4]",
                   waitmap::default_policy, support::immediate_policy) {
  support::map_with<TestType> map;
  support::noted<int> note;
  const auto a = wait_and_throw(map, 1, "thrown");
  const auto b = support::observe(map, 1, note);
  const auto has_thrown = [](auto&& function) { return message_of(function) == "thrown"; };

  SECTION("insert_or_assign") {
    CHECK(has_thrown([&] { map.insert_or_assign(1, 10); }));
    CHECK(map.get(1) == 10);
  }
  SECTION("exchange") {
    CHECK(has_thrown([&] { map.exchange(1, 10); }));
    CHECK(map.get(1) == 10);
  }
  SECTION("update") {
    CHECK(has_thrown([&] { map.update(1, [](auto& entry) { return entry.emplace(10); }); }));
    CHECK(map.get(1) == 10);
  }
  SECTION("deliver") {
    CHECK(has_thrown([&] { map.deliver(1, 10); }));
    CHECK(map.empty());
  }
  SECTION("cancel") {
    CHECK(has_thrown([&] { map.cancel(1); }));
  }
  SECTION("cancel_all") {
    CHECK(has_thrown([&] { map.cancel_all(); }));
  }
  SECTION("cancel_if") {
    CHECK(has_thrown([&] { map.cancel_if([](int) { return true; }); }));
  }
  SECTION("fail") {
    CHECK(has_thrown([&] { map.fail(1, std::make_exception_ptr(1)); }));
  }
  SECTION("close") {
    CHECK(has_thrown([&] { map.close(); }));
    CHECK(map.closed());
  }
  CHECK(note.ends == 1);
  CHECK(map.waiting() == 0);
}

TEST_CASE("the outermost call rethrows what a coroutine threw that a nested insert has queued",
          "[5.4]") {
  support::map_with<waitmap::default_policy> map;
  std::string caught = "nothing";
  support::noted<int> note;
  const auto a = wait_and_insert(map, 1, 2, caught);
  const auto b = wait_and_throw(map, 2, "from the queue");
  const auto c = support::observe(map, 2, note);
  CHECK(message_of([&] { map.insert(1, 10); }) == "from the queue");
  CHECK(caught == "nothing");
  CHECK(note.got(10));
}

TEST_CASE("with immediate_resumer each nested call rethrows its own", "[5.4]") {
  support::map_with<support::immediate_policy> map;
  std::string caught;
  support::noted<int> note;
  const auto a = wait_and_insert(map, 1, 2, caught);
  const auto b = wait_and_throw(map, 2, "nested");
  const auto c = support::observe(map, 2, note);
  CHECK(map.insert(1, 10).outcome == insert_outcome::inserted);
  CHECK(caught == "nested");
  CHECK(note.got(10));
}

}  // namespace escaping_exception_test
