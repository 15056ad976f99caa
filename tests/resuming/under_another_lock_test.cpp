// 5.1: a callable under the lock of one map ends waits in another; the coroutines that are resumed ask the
// first map, which once hung, or ended the program with a message that blamed them.
#include <coroutine>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace under_another_lock_test {

struct at_once_policy : waitmap::default_policy {
  using resumer = waitmap::immediate_resumer;
};
// Resumes where it is called.
struct calling_resumer {
  int* calls;
  void operator()(std::coroutine_handle<> coroutine) const {
    ++*calls;
    coroutine.resume();
  }
};
struct calling_policy : waitmap::default_policy {
  using resumer = calling_resumer;
};

template <class Policy>
using map_of =
    waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, Policy>;
using locked_map = map_of<waitmap::default_policy>;

// Waits in `other`, and then asks the map whose lock was held when the value came.
template <class Other>
support::owned ask(Other& other, locked_map& locked, bool& inside, std::vector<int>& seen) {
  auto value = co_await other.wait(7);
  CHECK_FALSE(inside);
  seen.push_back(value.value_or(-1) + locked.get(1).value_or(-1));
  locked.insert(100 + static_cast<int>(seen.size()), 0);
}

// The lock of one shard, so that whatever key the coroutine asks for needs it.
struct scene {
  locked_map locked{waitmap::options{.shards = 1}};
  bool inside = false;
  std::vector<int> seen;

  scene() { locked.insert(1, 10); }
};

// Calls `calls`(scene, end), where end() ends the wait in the other map, from each member that runs a
// function of the user's.
template <class Other>
void each_member(Other& other) {
  scene at;
  const auto end = [&] {
    at.inside = true;
    other.deliver(7, 5);
    at.inside = false;
  };
  const auto check = [&](auto&& call) {
    at.seen.clear();
    const auto one = ask(other, at.locked, at.inside, at.seen);
    const auto two = ask(other, at.locked, at.inside, at.seen);
    call();
    CHECK(at.seen == std::vector<int>{15, 15});
  };
  auto& locked = at.locked;
  check([&] { locked.visit(1, [&](int) { end(); }); });
  check([&] { locked.visit_all({1}, [&](std::size_t, int) { end(); }); });
  check([&] { locked.modify(1, [&](int&) { end(); }); });
  check([&] { locked.update(1, [&](auto&) { end(); }); });
  check([&] {
    locked.erase_if(1, [&](int) {
      end();
      return false;
    });
  });
  check([&] {
    bool first = true;
    locked.erase_if([&](int, int) {
      if (std::exchange(first, false)) end();
      return false;
    });
  });
  check([&] {
    bool first = true;
    locked.for_each([&](int, int) {
      if (std::exchange(first, false)) end();
    });
  });
  check([&] {
    bool first = true;
    locked.modify_each([&](int, int&) {
      if (std::exchange(first, false)) end();
    });
  });
  const auto waiting = locked.subscribe(50);
  check([&] { locked.for_each_waiting([&](int, auto) { end(); }); });
  check([&] {
    locked.cancel_if([&](int) {
      end();
      return false;
    });
  });
  check([&] {
    locked.fail_if(
        [&](int) {
          end();
          return false;
        },
        std::make_exception_ptr(7));
  });
  check([&] {  // a visitor that an insert serves
    std::optional<std::optional<bool>> visited;
    auto visiting = locked.wait_with(60, [&](int) {
      end();
      return true;
    });
    support::await_into(visiting, visited);
    locked.insert(60, 1);
    CHECK(visited);
  });
  check([&] {  // a visitor of a value that is there
    std::optional<std::optional<bool>> visited;
    auto visiting = locked.wait_modify(1, [&](int&) {
      end();
      return true;
    });
    support::await_into(visiting, visited);
    CHECK(visited);
  });
}

TEST_CASE("nobody is resumed while the thread is in a callable under another map's lock", "[5.1]") {
  SECTION("by the trampoline") {
    map_of<waitmap::default_policy> other;
    each_member(other);
  }
  SECTION("at once") {
    map_of<at_once_policy> other;
    each_member(other);
  }
  SECTION("by a resumer of the user's") {
    int calls = 0;
    map_of<calling_policy> other(calling_resumer{&calls});
    each_member(other);
    CHECK(calls == 26);
  }
}

TEST_CASE("of callables one in the other, the outermost must have returned", "[5.1]") {
  scene at;
  locked_map between;
  locked_map other;
  between.insert(2, 20);
  const auto waiting = ask(other, at.locked, at.inside, at.seen);
  at.locked.visit(1, [&](int) {
    at.inside = true;
    between.visit(2, [&](int) { other.insert(7, 5); });
    CHECK(at.seen.empty());
    at.inside = false;
  });
  CHECK(at.seen == std::vector<int>{15});
}

TEST_CASE("in a coroutine that is resumed, too", "[5.1][5.3]") {
  scene at;
  locked_map starts, other;
  const auto begins = [](locked_map& from, scene& here, locked_map& to) -> support::owned {
    auto value = co_await from.wait(1);
    here.locked.visit(1, [&](int) {
      here.inside = true;
      to.insert(7, value.value_or(0));
      here.inside = false;
    });
    CHECK(here.seen.empty());  // behind this one, by the queue of the outermost insert
  };
  const auto first = begins(starts, at, other);
  const auto second = ask(other, at.locked, at.inside, at.seen);
  starts.insert(1, 5);
  CHECK(at.seen == std::vector<int>{15});
}

TEST_CASE("what a callable ended is resumed though the callable throws", "[5.1][5.4]") {
  scene at;
  locked_map other;
  const auto waiting = ask(other, at.locked, at.inside, at.seen);
  CHECK_THROWS_AS(at.locked.visit(1,
                                  [&](int) {
                                    other.insert(7, 5);
                                    throw std::runtime_error("callable");
                                  }),
                  std::runtime_error);
  CHECK(at.seen == std::vector<int>{15});
}

TEST_CASE("an exception by which such a coroutine exits reaches the outermost call", "[5.1][5.4]") {
  scene at;
  locked_map other;
  const auto exits = [](locked_map& map) -> support::owned {
    auto value = co_await map.wait(7);
    throw std::runtime_error(std::to_string(value.value_or(0)));
  };
  const auto one = exits(other);
  const auto two = ask(other, at.locked, at.inside, at.seen);
  bool returned = false;
  CHECK_THROWS_AS(at.locked.visit(1,
                                  [&](int) {
                                    other.insert(7, 5);
                                    returned = true;
                                  }),
                  std::runtime_error);
  CHECK(returned);
  CHECK(at.seen == std::vector<int>{15});
}

TEST_CASE("a coroutine may be destroyed, and the other map, before the callable returns",
          "[5.1][3.6]") {
  scene at;
  std::optional<locked_map> other(std::in_place);
  auto one = ask(*other, at.locked, at.inside, at.seen);
  auto two = ask(*other, at.locked, at.inside, at.seen);
  at.locked.visit(1, [&](int) {
    other->insert(7, 5);
    one.destroy();
    other.reset();
  });
  CHECK(at.seen == std::vector<int>{15});
}

TEST_CASE("waits handed to a user's resumer outlive the map that they were in", "[5.1][5.2]") {
  scene at;
  int calls = 0;
  std::optional<map_of<calling_policy>> other(std::in_place, calling_resumer{&calls});
  const auto one = ask(*other, at.locked, at.inside, at.seen);
  at.locked.visit(1, [&](int) {
    other->insert(7, 5);
    other.reset();
    CHECK(calls == 0);
  });
  CHECK(calls == 1);
  CHECK(at.seen == std::vector<int>{15});
}

// A value whose copy calls another map.
struct calling_value {
  explicit calling_value(locked_map& calls) : map(&calls) {}
  calling_value(const calling_value& other) : map(other.map) { map->deliver(7, 5); }
  calling_value(calling_value&& other) noexcept : map(other.map) {}
  locked_map* map;
};

TEST_CASE("a copy of a value that ends waits in another map resumes nobody under the lock",
          "[5.1]") {
  locked_map other;
  waitmap::wait_map<int, calling_value> map(waitmap::options{.shards = 1});
  map.try_emplace(1, other);
  bool found = false;
  const auto asks = [](locked_map& from, waitmap::wait_map<int, calling_value>& to,
                       bool& has) -> support::owned {
    auto value = co_await from.wait(7);
    has = value && to.contains(1);
  };
  const auto waiting = asks(other, map, found);
  CHECK(map.get(1));
  CHECK(found);
}

}  // namespace under_another_lock_test
