#include <exception>
#include <shared_mutex>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/maps.hpp"
#include "support/own_stop_source.hpp"
#include "support/spawn.hpp"

namespace no_lock_held_test {

struct shared_mutex_policy : waitmap::default_policy {
  using mutex = std::shared_mutex;
};

// Each member locks the shard of the key, or all of them.
template <class Map>
void call_every_member(Map& map, int key) {
  const auto yes = [](const auto&...) { return true; };
  const auto nothing = [](auto&...) {};
  (void)map.get(key);
  map.visit(key, nothing);
  map.modify(key, nothing);
  (void)map.contains(key);
  (void)map.size();
  (void)map.empty();
  map.insert(key, 1);
  map.try_emplace(key, 2);
  map.insert_or_assign(key, 3);
  map.exchange(key, 4);
  map.update(key, [](auto& entry) { entry.assign(5); });
  map.erase_if(key, yes);
  map.erase(key);
  map.extract(key);
  map.erase_if(yes);
  map.for_each(nothing);
  map.modify_each(nothing);
  map.clear();
  map.reserve(10);
  map.shrink_to_fit();
  (void)map.capacity();
  (void)map.waiting();
  (void)map.waiting(key);
  map.for_each_waiting([](const auto&, auto) {});
  {
    const auto subscribed = map.subscribe(key);
  }
  map.try_claim(key).set_value(5);
  {
    const auto claim = map.try_claim(key + 1);
  }
  map.invalidate(key);
  {
    const auto claim = map.try_claim(key);
    map.invalidate(key);
#if defined(__cpp_lib_jthread)
    (void)claim.unwanted();
#endif
  }
  map.deliver(key, 6);
  map.cancel(key);
  map.cancel_if(yes);
  map.cancel_all();
  map.fail(key, std::make_exception_ptr(7));
  map.fail_if(yes, std::make_exception_ptr(7));
  map.fail_all(std::make_exception_ptr(7));
  (void)map.closed();
  map.close();
}

enum class kind { observer, taker, visitor };

template <class Map>
support::owned wait_then_call(Map& map, kind which, support::own_stop_source::token token,
                              int& called) {
  try {
    if (which == kind::observer) {
      auto value = co_await map.wait(1, token);
      (void)value;
    } else if (which == kind::taker) {
      auto value = co_await map.take(1, token);
      (void)value;
    } else {
      auto wait = map.wait_with(1, [](const int& value) { return value; }, token);
      auto value = co_await wait;
      (void)value;
    }
  } catch (int) {
  }
  call_every_member(map, 1);
  ++called;
}

TEMPLATE_TEST_CASE("a resumed coroutine may call every member on its own key", "[5.1]",
                   waitmap::default_policy, support::immediate_policy,
                   support::calling_thread_policy, waitmap::single_threaded_policy,
                   shared_mutex_policy) {
  support::map_with<TestType> map(waitmap::options{.capacity = 0, .shards = 1});
  support::own_stop_source source;
  int called = 0;
  const auto one = wait_then_call(map, kind::observer, source.get_token(), called);
  const auto two = wait_then_call(map, kind::taker, source.get_token(), called);
  const auto three = wait_then_call(map, kind::visitor, source.get_token(), called);

  SECTION("resumed by insert") { map.insert(1, 10); }
  SECTION("resumed by insert_or_assign") { map.insert_or_assign(1, 10); }
  SECTION("resumed by exchange") { map.exchange(1, 10); }
  SECTION("resumed by update") {
    map.update(1, [](auto& entry) { entry.emplace(10); });
  }
  SECTION("resumed by deliver") { map.deliver(1, 10); }
  SECTION("resumed by cancel") { map.cancel(1); }
  SECTION("resumed by cancel_all") { map.cancel_all(); }
  SECTION("resumed by cancel_if") {
    map.cancel_if([](int) { return true; });
  }
  SECTION("resumed by fail") { map.fail(1, std::make_exception_ptr(1)); }
  SECTION("resumed by fail_all") { map.fail_all(std::make_exception_ptr(1)); }
  SECTION("resumed by fail_if") {
    map.fail_if([](int) { return true; }, std::make_exception_ptr(1));
  }
  SECTION("resumed by invalidate") {
    const auto claim = map.try_claim(1);
    map.invalidate(1);
  }
  SECTION("resumed by clear") {
    const auto claim = map.try_claim(1);
    map.clear();
  }
  SECTION("resumed by the end of a claim") { const auto claim = map.try_claim(1); }
  SECTION("resumed by close") { map.close(); }
  SECTION("resumed by close with an error") { map.close(std::make_exception_ptr(1)); }
  SECTION("resumed by a stop request") { source.request_stop(); }

  CHECK(called == 3);
}

}  // namespace no_lock_held_test
