// Rule 3.6: waits that come and go leave no memory that grows with their number.
#include <cstddef>
#include <stop_token>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/noted.hpp"
#include "support/spawn.hpp"
#include "support/stack.hpp"

namespace flat_memory_test {

constexpr int many = 1'000'000 / support::slowness;

support::detached wait_for(waitmap::wait_map<int, int>& map, int key, int& ended) {
  auto value = co_await map.wait(key);
  ended += value.has_value() ? 0 : 1;
}

support::detached wait_until_stopped(waitmap::wait_map<int, int>& map, int key,
                                     std::stop_token token, int& ended) {
  auto value = co_await map.wait(key, token);
  ended += value.has_value() ? 0 : 1;
}

TEST_CASE("a million waits on one key, each cancelled, leave memory as it was", "[3.6]") {
  waitmap::wait_map<int, int> map;
  int ended = 0;
  wait_for(map, 1, ended);
  map.cancel(1);
  const std::size_t before = support::allocated::bytes();

  for (int i = 1; i < many; ++i) {
    wait_for(map, 1, ended);
    map.cancel(1);
  }

  CHECK(ended == many);
  CHECK(support::allocated::bytes() == before);
}

TEST_CASE("a million waits on as many keys, each cancelled, leave little memory", "[3.6]") {
  waitmap::wait_map<int, int> map;
  int ended = 0;
  const std::size_t before = support::allocated::bytes();

  for (int key = 0; key < many; ++key) {
    wait_for(map, key, ended);
    map.cancel(key);
  }

  CHECK(ended == many);
  CHECK(map.waiting() == 0);
  CHECK(support::allocated::bytes() - before < 100'000);
}

TEST_CASE("a million waits beside one that stays, each stopped, leave little memory", "[3.6]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> stays;
  const support::owned waiter = support::observe(map, 1, stays);
  int ended = 0;
  const std::size_t before = support::allocated::bytes();

  // Three at a time: the list of waiters is on the heap, and has holes.
  for (int i = 0; i < many / 3; ++i) {
    std::stop_source source;
    for (int j = 0; j < 3; ++j) wait_until_stopped(map, 1, source.get_token(), ended);
    source.request_stop();
  }

  CHECK(ended == many / 3 * 3);
  CHECK(map.waiting(1) == 1);
  CHECK(support::allocated::bytes() - before < 1'000);
  CHECK(stays.pending());
}

TEST_CASE("waits that are all pending at once and then cancelled give their memory back", "[3.6]") {
  waitmap::wait_map<int, int> map;
  int ended = 0;
  const std::size_t before = support::allocated::bytes();
  for (int i = 0; i < many; ++i) wait_for(map, i % 8, ended);

  CHECK(map.cancel_all() == static_cast<std::size_t>(many));

  CHECK(ended == many);
  CHECK(support::allocated::bytes() - before < 100'000);
}

}  // namespace flat_memory_test
