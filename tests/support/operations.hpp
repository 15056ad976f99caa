// every_operation: each kind of wait, so that what is promised of all of them is tested with each.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

namespace support {

// What each operation has: begin(map, token...), which makes a wait for key 1, or for 1 and 2; got_ten(result), whether it
// ended with what insert_both() inserts; and `takes`, whether the value is taken out.
template <class Map>
void insert_both(Map& map) {
  map.insert(1, 10);
  map.insert(2, 10);
}

struct waits {
  static constexpr bool takes = false;
  static auto begin(auto& map, auto... token) { return map.wait(1, token...); }
  static bool got_ten(const std::optional<int>& result) { return result == 10; }
};
struct waits_for_result {
  static constexpr bool takes = false;
  static auto begin(auto& map, auto... token) { return map.wait_result(1, token...); }
  static bool got_ten(const waitmap::wait_outcome<int>& result) { return result && *result == 10; }
};
struct waits_with {
  static constexpr bool takes = false;
  static auto begin(auto& map, auto... token) {
    return map.wait_with(1, [](int value) { return value; }, token...);
  }
  static bool got_ten(const std::optional<int>& result) { return result == 10; }
};
struct modifies {
  static constexpr bool takes = false;
  static auto begin(auto& map, auto... token) {
    return map.wait_modify(1, [](int& value) { return value; }, token...);
  }
  static bool got_ten(const std::optional<int>& result) { return result == 10; }
};
struct takes_one {
  static constexpr bool takes = true;
  static auto begin(auto& map, auto... token) { return map.take(1, token...); }
  static bool got_ten(const std::optional<int>& result) { return result == 10; }
};
struct subscribes {
  static constexpr bool takes = false;
  static auto begin(auto& map, auto... token) { return map.subscribe(1, token...); }
  static bool got_ten(const std::optional<int>& result) { return result == 10; }
};
struct subscribes_to_take {
  static constexpr bool takes = true;
  static auto begin(auto& map, auto... token) { return map.subscribe_take(1, token...); }
  static bool got_ten(const std::optional<int>& result) { return result == 10; }
};
struct waits_for_all {
  static constexpr bool takes = false;
  static auto begin(auto& map, auto... token) { return map.wait_all({1, 2}, token...); }
  static bool got_ten(const std::vector<waitmap::wait_outcome<int>>& result) {
    return result.size() == 2 && result[0] && *result[0] == 10 && result[1] && *result[1] == 10;
  }
};
struct waits_for_any {
  static constexpr bool takes = false;
  static auto begin(auto& map, auto... token) { return map.wait_any({1, 2}, token...); }
  static bool got_ten(const waitmap::first_outcome<int>& result) {
    return result.index < 2 && result.outcome && *result.outcome == 10;
  }
};
struct takes_any {
  static constexpr bool takes = true;
  static auto begin(auto& map, auto... token) { return map.take_any({1, 2}, token...); }
  static bool got_ten(const waitmap::first_outcome<int>& result) {
    return waits_for_any::got_ten(result);
  }
};
struct subscribes_to_all {
  static constexpr bool takes = false;
  static auto begin(auto& map, auto... token) { return map.subscribe_all({1, 2}, token...); }
  static bool got_ten(const std::vector<waitmap::wait_outcome<int>>& result) {
    return waits_for_all::got_ten(result);
  }
};
struct follows {
  static constexpr bool takes = false;
  static auto begin(auto& map, auto... token) { return map.claim_or_wait(1, token...); }
  template <class Result>
  static bool got_ten(const Result& result) {
    return result.outcome && *result.outcome == 10;
  }
};

#define EVERY_OPERATION                                                              \
  support::waits, support::waits_for_result, support::waits_with, support::modifies, \
      support::takes_one, support::subscribes, support::subscribes_to_take,          \
      support::waits_for_all, support::waits_for_any, support::takes_any,            \
      support::subscribes_to_all, support::follows

}  // namespace support
