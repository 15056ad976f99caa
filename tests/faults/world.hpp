// world: a map with present keys, waited-for keys and every kind of waiter, and a picture of all of it.
#pragma once

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/fragile.hpp"
#include "support/spawn.hpp"

namespace faults {

using support::fragile_moves;

// The keys of a world, by what they are to begin with.
enum key_name : int {
  present,  // has a value
  also_present,
  absent,
  watched,  // one observer
  watched_twice,
  crowded,  // an observer, two takers, a visitor, an observer
  full,     // six observers
  wanted,   // a taker
  visited,  // a visitor
  key_count
};

inline constexpr std::size_t waiter_count = 16;

// What a visitor does with a value.
inline constexpr auto number_of = [](const auto& value) {
  support::may_fail(support::step::call);
  return value.number();
};

// How a wait ended, as its coroutine sees it.
struct note {
  int ends = 0;
  std::string with = "pending";

  friend bool operator==(const note&, const note&) = default;
};

// Short, so that it needs no memory.
template <class T>
std::string words(const T& answer) {
  if constexpr (requires { answer.claim; }) {
    if (answer.claim) return "claim";
    return answer.outcome ? words(*answer.outcome) : "nothing";
  } else if constexpr (requires { answer.index; }) {
    return "first " + std::to_string(answer.index);
  } else if constexpr (requires { answer.capacity(); }) {
    return "all " + std::to_string(answer.size());
  } else if constexpr (requires { answer.has_value(); }) {
    return answer ? words(*answer) : "nothing";
  } else if constexpr (requires { answer.number(); }) {
    return std::to_string(answer.number());
  } else if constexpr (requires { answer.outcome; }) {
    return std::to_string(static_cast<int>(answer.outcome)) + "/" + std::to_string(answer.resumed);
  } else if constexpr (std::is_same_v<T, std::monostate>) {
    return "done";
  } else {
    return std::to_string(answer);
  }
}

struct picture {
  std::map<int, int> values;
  std::map<int, std::size_t> waiting;
  std::set<int> claimed;
  std::size_t size = 0;
  std::size_t all_waiting = 0;
  bool closed = false;
  std::vector<note> waiters;

  friend bool operator==(const picture&, const picture&) = default;
};

template <fragile_moves Moves>
class world {
 public:
  using fragile = support::fragile<Moves>;
  using map_type =
      waitmap::wait_map<fragile, fragile, support::fragile_hash, support::fragile_equal>;

  // One shard, so that an operation on the whole map is one step; and room, so that no table grows.
  world() : map(waitmap::options{.capacity = 100, .shards = 1}) {
    for (int number = 0; number < key_count; ++number) keys_.emplace_back(number);
    notes_.resize(waiter_count);
    map.try_emplace(key(present), 1000);
    map.try_emplace(key(also_present), 1001);
    add(observe(*this, watched, next_note()));
    for (int i = 0; i < 2; ++i) add(observe(*this, watched_twice, next_note()));
    add(observe(*this, crowded, next_note()));
    for (int i = 0; i < 2; ++i) add(take(*this, crowded, next_note()));
    add(visit(*this, crowded, next_note()));
    add(observe(*this, crowded, next_note()));
    for (int i = 0; i < 6; ++i) add(observe(*this, full, next_note()));
    add(take(*this, wanted, next_note()));
    add(visit(*this, visited, next_note()));
  }

  const fragile& key(key_name name) const { return keys_[static_cast<std::size_t>(name)]; }

  picture look() const {
    picture seen;
    map.for_each([&](const fragile& key, const fragile& value) {
      seen.values[key.number()] = value.number();
    });
    for (const fragile& each : keys_) seen.waiting[each.number()] = map.waiting(each);
    map.for_each_waiting([&](const fragile& key, std::span<const std::source_location>,
                             const std::source_location* claim) {
      if (claim != nullptr) seen.claimed.insert(key.number());
    });
    seen.size = map.size();
    seen.all_waiting = map.waiting();
    seen.closed = map.closed();
    seen.waiters = notes_;
    return seen;
  }

  // What the operation under test returned.
  template <class T>
  void answer(T&& result) {
    answer_ = words(result);
  }
  const std::string& answer() const { return answer_; }

  // For a wait under test: a coroutine that stops before it makes and awaits make(world)...
  template <class Make>
  void prepare(Make make) {
    under_test_ = await(*this, make);
  }
  // ...and goes on here. Throws what its co_await throws.
  void go_on() {
    std::exchange(gate_, nullptr).resume();
    if (error_) std::rethrow_exception(error_);
  }
  void forget_wait() { under_test_.destroy(); }

  map_type map;
  typename map_type::claim_type claimed;  // of an operation under test
  std::vector<fragile> several;           // keys, likewise
  std::optional<fragile> spare_key{std::in_place, absent};
  fragile spare{2000};

 private:
  struct gate {
    world& here;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) const noexcept { here.gate_ = coroutine; }
    void await_resume() const noexcept {}
  };

  template <class Make>
  static support::owned await(world& here, Make make) {
    co_await gate{here};
    try {
      auto result = co_await make(here);
      here.answer(result);
      if constexpr (requires { result.claim; }) here.claimed = std::move(result.claim);
    } catch (...) {
      here.error_ = std::current_exception();
    }
  }

  // The waiters that are there to begin with: each notes how it ended.
  static support::owned observe(world& here, key_name key, note& end) {
    try {
      auto result = co_await here.map.wait(here.key(key));
      end.with = words(result);
    } catch (...) {
      end.with = "failed";
    }
    ++end.ends;
  }
  static support::owned take(world& here, key_name key, note& end) {
    try {
      auto result = co_await here.map.take(here.key(key));
      end.with = words(result);
    } catch (...) {
      end.with = "failed";
    }
    ++end.ends;
  }
  static support::owned visit(world& here, key_name key, note& end) {
    try {
      auto result = co_await here.map.wait_with(here.key(key), number_of);
      end.with = words(result);
    } catch (...) {
      end.with = "failed";
    }
    ++end.ends;
  }

  note& next_note() { return notes_[coroutines_.size()]; }
  void add(support::owned coroutine) { coroutines_.push_back(std::move(coroutine)); }

  std::deque<fragile> keys_;
  std::vector<note> notes_;
  std::string answer_;
  std::coroutine_handle<> gate_;
  std::exception_ptr error_;
  std::vector<support::owned> coroutines_;  // these end before what they use
  support::owned under_test_;
};

}  // namespace faults
