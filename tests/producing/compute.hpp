// What the tests of get_or_compute share: a factory that counts its calls and waits for a go-ahead.
#pragma once

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/lazy.hpp"
#include "support/waiter.hpp"

using map_type = waitmap::wait_map<int, int>;
using support::lazy;

struct unlucky {};

// Each computation waits until go_ahead is given a value, and returns it; 0 stands for a failure.
struct workshop {
  map_type go_ahead;
  int calls = 0;
  int finished = 0;

  lazy<int> work() {
    ++calls;
    auto value = co_await go_ahead.take(0);
    ++finished;
    if (!value || *value == 0) throw unlucky{};
    co_return *value;
  }
  void finish(int value) { go_ahead.insert(0, value); }

  // As it is given to get_or_compute.
  auto factory() {
    return [this] { return work(); };
  }
};
