// The kinds of ranges that keys can come in, and how long they must live.
#include <array>
#include <forward_list>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/waiter.hpp"

namespace key_ranges_test {

using map_type = waitmap::wait_map<std::string, int>;

template <class Make>
void gets_both(map_type& map, Make make) {
  support::waiter all(make);
  CHECK(map.waiting() == 2);
  map.insert("one", 1);
  map.insert("two", 2);
  REQUIRE(all.has_result());
  CHECK(*all.result()[0] + *all.result()[1] == 3);
  map.clear();
}

TEST_CASE("keys come in any forward range", "[3]") {
  map_type map;
  const std::vector<std::string> in_vector{"one", "two"};
  const std::array<std::string_view, 2> in_array{"one", "two"};
  const char* const in_c_array[] = {"one", "two"};
  const std::set<std::string> in_set{"two", "one"};
  const std::forward_list<std::string> in_list{"one", "two"};
  gets_both(map, [&] { return map.wait_all(in_vector); });
  gets_both(map, [&] { return map.wait_all(in_array); });
  gets_both(map, [&] { return map.wait_all(in_c_array); });
  gets_both(map, [&] { return map.wait_all(in_set); });
  gets_both(map, [&] { return map.wait_all(in_list); });
  gets_both(map, [&] { return map.wait_all(std::span(in_vector)); });
  gets_both(map, [&] { return map.wait_all({"one", "two"}); });
  gets_both(map, [&] { return map.wait_all(in_vector | std::views::reverse); });
  gets_both(map, [&] {
    return map.wait_all(in_vector | std::views::transform([](const std::string& s) { return s; }));
  });
}

TEST_CASE("numbers are looked up as keys", "[3]") {
  waitmap::wait_map<long, int> map;
  support::waiter all([&] { return map.wait_all(std::views::iota(1, 4)); });
  CHECK(map.waiting() == 3);
  for (const long key : {1, 2, 3}) map.insert(key, 0);
  CHECK(all.has_result());
}

TEST_CASE("keys in a range that ends at once are moved into the wait", "[3.7]") {
  map_type map;
  const std::string one(50, '1'), two(50, '2');
  support::waiter all([&] { return map.wait_all(std::vector{one, two}); });
  support::waiter any([&] { return map.wait_any({two, one}); });
  map.insert(two, 2);
  map.insert(one, 1);
  REQUIRE((all.has_result() && any.has_result()));
  CHECK(*all.result()[1] == 2);
  CHECK(any.result().index == 0);
}

TEST_CASE("a group with a token takes every range, too", "[3]") {
  map_type map;
  support::own_stop_source source;
  const std::vector<std::string> keys{"one", "two"};
  gets_both(map, [&] { return map.wait_all(keys, source.get_token()); });
  gets_both(map, [&] { return map.wait_all({"one", "two"}, source.get_token()); });
}

}  // namespace key_ranges_test
