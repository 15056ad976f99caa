// 1.4: a key that nobody waits for and that has no value has no slot; a waiting key is not a value.
#include <optional>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace no_slot_left_test {

using map_type = waitmap::wait_map<int, int>;
using result_type = std::optional<std::optional<int>>;

TEST_CASE("a key that is waited for is not among the values", "[1.4]") {
  map_type map;
  auto operation = map.wait(1);
  result_type result;
  support::await_into(operation, result);

  CHECK(map.waiting(1) == 1);
  CHECK(map.size() == 0);
  CHECK(map.empty());
  CHECK_FALSE(map.contains(1));
  CHECK_FALSE(map.get(1));
  CHECK_FALSE(map.visit(1, [](const int&) { FAIL("no value"); }));
  CHECK_FALSE(map.modify(1, [](int&) { FAIL("no value"); }));
  CHECK_FALSE(map.erase(1));
  CHECK_FALSE(map.erase_if(1, [](const int&) { return true; }));
  CHECK_FALSE(map.extract(1));
  map.for_each([](const int&, const int&) { FAIL("no value"); });
  map.modify_each([](const int&, int&) { FAIL("no value"); });
  CHECK(map.erase_if([](const int&, const int&) { return true; }) == 0);
  CHECK_FALSE(map.update(1, [](auto& entry) { return entry.has_value(); }));
  map.clear();

  CHECK(map.waiting(1) == 1);
  CHECK_FALSE(result);
  map.cancel(1);
}

// Of all that may touch an absent key, what leaves something in the table?
template <class Function>
std::size_t places_left_by(Function&& touch) {
  map_type map(waitmap::options{.shards = 1});
  for (int key = 0; key < 1000; ++key) touch(map, key);
  CHECK(map.size() == 0);
  CHECK(map.waiting() == 0);
  map.shrink_to_fit();  // to the slots that there are
  return map.capacity();
}

TEST_CASE("a key that nobody waits for and that has no value has no slot", "[1.4]") {
  const auto wait_and = [](auto end_wait) {
    return [end_wait](map_type& map, int key) {
      auto operation = map.wait(key);
      result_type result;
      support::await_into(operation, result);
      end_wait(map, key);
      CHECK(result);
    };
  };
  CHECK(places_left_by([](map_type& map, int key) { (void)map.get(key); }) == 0);
  CHECK(places_left_by([](map_type& map, int key) { map.modify(key, [](int&) {}); }) == 0);
  CHECK(places_left_by([](map_type& map, int key) { map.update(key, [](auto&) {}); }) == 0);
  CHECK(places_left_by([](map_type& map, int key) {
          map.update(key, [](auto& entry) { entry.emplace(1), entry.erase(); });
        }) == 0);
  CHECK(places_left_by([](map_type& map, int key) { map.insert(key, 1), map.erase(key); }) == 0);
  CHECK(places_left_by([](map_type& map, int key) { map.deliver(key, 1); }) == 0);
  CHECK(places_left_by([](map_type& map, int key) { auto never_awaited = map.wait(key); }) == 0);
  CHECK(places_left_by(wait_and([](map_type& map, int key) { map.cancel(key); })) == 0);
  CHECK(places_left_by(wait_and([](map_type& map, int key) { map.deliver(key, 1); })) == 0);
  CHECK(places_left_by([](map_type& map, int key) {
          auto operation = map.take(key);
          result_type result;
          support::await_into(operation, result);
          map.insert(key, 1);
          CHECK(result == std::optional(1));
        }) == 0);
  // That the measure can tell:
  CHECK(places_left_by([](map_type& map, int key) {
          map.insert(key, 1);
          if (key == 999) map.clear(), map.insert(0, 1), map.erase(0);
        }) == 0);
}

}  // namespace no_slot_left_test
