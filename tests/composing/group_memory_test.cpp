// Where memory ends during the registration of a group, it has not begun.
#include <coroutine>
#include <new>
#include <optional>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/waiter.hpp"

namespace group_memory_test {

using map_type = waitmap::wait_map<int, int>;

// Two wait for each key; to join them needs no memory.
struct crowded {
  crowded() {
    for (int key = 0; key < 4; ++key) {
      waiters.emplace_back(map, key);
      waiters.emplace_back(map, key);
    }
  }

  struct one {
    one(map_type& map, int key) : coroutine(wait(map, key)) {}
    static support::owned wait(map_type& map, int key) {
      auto value = co_await map.wait(key);
      (void)value;
    }
    support::owned coroutine;
  };

  map_type map{waitmap::options{.capacity = 100, .shards = 1}};
  std::vector<one> waiters;
};

// The coroutine's own frame is made before the failures begin.
template <class Make>
support::owned wait_for(Make make, std::coroutine_handle<>& gate, bool& failed, bool& pending) {
  struct stop_here {
    std::coroutine_handle<>& at;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> here) const noexcept { at = here; }
    void await_resume() const noexcept {}
  };
  stop_here pause{gate};
  co_await pause;
  try {
    auto operation = make();
    pending = true;
    auto result = co_await operation;
    (void)result;
  } catch (const std::bad_alloc&) {
    failed = true;
  }
  pending = false;
}

template <class Make>
int failures_of(Make make) {
  int failures = 0;
  for (std::size_t n = 0;; ++n) {
    crowded in;
    std::coroutine_handle<> gate;
    bool failed = false, pending = false, struck = false;
    const std::size_t before = support::allocated::blocks();
    {
      const auto waiter = wait_for([&] { return make(in.map); }, gate, failed, pending);
      {
        const support::failing one(support::step::allocation, n);
        gate.resume();
        struck = one.has_failed();
      }
      if (!struck) {
        CHECK(pending);
        return failures;
      }
      ++failures;
      CHECK((failed && !pending));
      CHECK(in.map.waiting() == 8);
    }
    CHECK(support::allocated::blocks() == before);
    CHECK(in.map.insert(1, 1).resumed == 2);
    CHECK(in.map.close() == 6);
  }
}

TEST_CASE("a group that finds no memory has not begun", "[6.2]") {
  CHECK(failures_of([](map_type& map) { return map.wait_all({0, 1, 2, 3}); }) >= 1);
  CHECK(failures_of([](map_type& map) { return map.wait_any({0, 1, 2, 3}); }) >= 1);
  CHECK(failures_of([](map_type& map) { return map.take_any({3, 2, 1, 0}); }) >= 1);
}

TEST_CASE("a claim that finds no memory claims nothing", "[4.1][6.2]") {
  int failures = 0;
  for (std::size_t n = 0;; ++n) {
    crowded in;
    map_type::claim_type claim;
    bool struck = false;
    {
      const support::failing one(support::step::allocation, n);
      try {
        claim = in.map.try_claim(1);
      } catch (const std::bad_alloc&) {
        ++failures;
      }
      struck = one.has_failed();
    }
    CHECK(in.map.waiting(1) == 2);
    CHECK(static_cast<bool>(claim) == !struck);
    CHECK(static_cast<bool>(in.map.try_claim(1)) == struck);
    if (!struck) break;
  }
  CHECK(failures == 1);  // the claim itself: among the waiters it needs none
}

}  // namespace group_memory_test
