/// @file
/// get_or_compute, get_or_compute_result, get_or_compute_all: single flight. Of all who ask for an absent
/// key one computes its value, and the others wait.
#pragma once

#include <wait_map/version.hpp>

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <ranges>
#include <source_location>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <wait_map/detail/computations.hpp>
#include <wait_map/detail/compute_operation.hpp>
#include <wait_map/detail/key.hpp>
#include <wait_map/detail/operation.hpp>
#include <wait_map/detail/stored.hpp>
#include <wait_map/result.hpp>
#include <wait_map/wait_map.hpp>

namespace waitmap {

/// What get_or_compute() throws where a wait for somebody else's value ended without one.
class wait_interrupted : public std::runtime_error {
 public:
  /// The exception for a wait that ended in this way; what() says it in words.
  explicit wait_interrupted(wait_status why) : std::runtime_error(text(why)), status_(why) {}

  /// Why the wait ended: cancelled, stopped or closed.
  wait_status status() const noexcept { return status_; }

 private:
  static const char* text(wait_status why) noexcept {
    switch (why) {
      case wait_status::stopped:
        return "wait_map: the wait for a value was stopped";
      case wait_status::closed:
        return "wait_map: the map is closed";
      default:
        return "wait_map: the wait for a value was cancelled";
    }
  }

  wait_status status_;
};

/// Where a value of get_or_compute_result() comes from.
enum class value_source : std::uint8_t {
  hit,       ///< it was there
  joined,    ///< somebody else provided it meanwhile
  computed,  ///< this call's factory computed it
};

/// What co_await returns for get_or_compute_result().
template <class Value>
struct computed_value {
  Value value;          ///< the value
  value_source source;  ///< where it comes from
};

/// How a coroutine of type Task awaits a wait: as it is. Specialise it for a task type that can
/// only await what is made for it.
///
/// A specialisation may also name the coroutine type for another result: `template <class Result> using rebind = ...;`.
/// Where it does not, Task<Value, Others...> becomes Task<Result, Others...>.
template <class Task>
struct task_traits {
  /// Returns: what the task awaits to get the outcome of map.claim_or_wait(key, token).
  template <class Map, class Token>
  static auto claim_or_wait(Map& map, const typename Map::key_type& key, Token token,
                            std::source_location where) {
    return map.claim_or_wait(key, std::move(token), where);
  }

  /// Whether an exception says that the task was cancelled. Then the next one computes, and the waits of the others do
  /// not fail.
  static bool is_cancellation(const std::exception_ptr&) noexcept { return false; }
};

namespace detail {

template <class Task, class Result>
struct rebound {};
template <template <class, class...> class Task, class Value, class... Others, class Result>
struct rebound<Task<Value, Others...>, Result> {
  using type = Task<Result, Others...>;
};
template <class Task, class Result>
  requires requires { typename task_traits<Task>::template rebind<Result>; }
struct rebound<Task, Result> {
  using type = typename task_traits<Task>::template rebind<Result>;
};

// A type of coroutine that cannot be had for another result serves as it is, for a Value.
template <class Task, class Result, class Value>
struct task_for : rebound<Task, Result> {};
template <class Task, class Value>
  requires(!requires { typename rebound<Task, Value>::type; })
struct task_for<Task, Value, Value> {
  using type = Task;
};

// Fulfils a claim with what was computed. Throws what copying the value throws: the claim then stays
// engaged. An exception by which a waiter's coroutine exits is not the concern of who computes: it would
// take the place of the result.
template <class Claim, class Value>
insert_outcome fulfil(Claim& claimed, const Value& value) {
  try {
    return claimed.set_value(value).outcome;
  } catch (...) {
    if (claimed) throw;
    return insert_outcome::inserted;
  }
}
// Likewise, with what the factory threw.
template <class Claim>
void fail(Claim& claimed, const std::exception_ptr& error) noexcept {
  try {
    claimed.set_exception(error);
  } catch (...) {  // NOLINT(bugprone-empty-catch): all were told, and one exited by an exception
  }
}

// Why there is no value.
template <class Value>
[[noreturn]] void throw_reason(const wait_outcome<Value>& outcome) {
  if (outcome.error()) std::rethrow_exception(outcome.error());
  throw wait_interrupted(outcome.status());
}

template <class Result, class Value>
Result sourced(Value&& value, [[maybe_unused]] value_source source) {
  if constexpr (std::same_as<Result, std::remove_cvref_t<Value>>) {
    return std::forward<Value>(value);
  } else {
    return Result{std::forward<Value>(value), source};
  }
}

// A call of get_or_compute(), before it has begun.
template <class Result, class Map, class Factory, class Token, lock_checks Checks>
struct compute_call {
  using factory_task = std::invoke_result_t<Factory&>;
  using mapped_type = typename Map::mapped_type;
  using result_type = Result;
  using task = typename task_for<factory_task, Result, mapped_type>::type;
  using traits = task_traits<factory_task>;
  using start_type = call_start<Checks>;

  // The parameters are the coroutine's own. None throws when it is moved into the frame: clang would,
  // without optimisation, read the exception's address in the frame that it has just freed.
  static task run(Map& map, stored<typename Map::key_type> kept_key, stored<Factory> kept_factory,
                  Token token, std::source_location where, start_type start) {
    const typename Map::key_type& key = unwrap(kept_key);
    Factory& factory = unwrap(kept_factory);
    if (!start.looked) {
      auto present = map.get(key);
      if (present) co_return sourced<Result>(*std::move(present), value_source::hit);
    }
    noted_wait<Checks> waits(start);
    auto claimed = waits.begin(map, key, where);
    if (!claimed) {
      auto found = co_await traits::claim_or_wait(map, key, token, where);
      if (!found.claim) {
        if (!found.outcome) throw_reason(found.outcome);
        co_return sourced<Result>(*std::move(found.outcome), value_source::joined);
      }
      claimed = std::move(found.claim);
    }
    noted_computation<Checks> noted(where);
    noted.add(claimed);
    waits.end();
    waits.add(claimed);  // who asks waits for this one
    std::exception_ptr error;
    try {
      auto computing = factory();
      noted.set_task(computing);
      mapped_type value = co_await std::move(computing);
      noted.end();
      if (detail::fulfil(claimed, value) == insert_outcome::present) {
        auto inserted = map.get(key);  // by somebody, meanwhile: that wins
        if (inserted) co_return sourced<Result>(*std::move(inserted), value_source::joined);
      }
      co_return sourced<Result>(std::move(value), value_source::computed);
    } catch (...) {
      error = std::current_exception();
    }
    noted.end();
    if (!traits::is_cancellation(error)) detail::fail(claimed, error);
    std::rethrow_exception(error);
  }

  bool hits(std::optional<Result>& result) const {
    auto present = map->get(unwrap(key));
    if (present) result.emplace(sourced<Result>(*std::move(present), value_source::hit));
    return present.has_value();
  }
  task begin(start_type start) && {
    return run(*map, std::move(key), std::move(factory), std::move(token), where, std::move(start));
  }
  task begin_alone() && {
    return start_type::template begin_alone<task>(
        [this](start_type start) { return std::move(*this).begin(std::move(start)); });
  }

  Map* map;
  stored<typename Map::key_type> key;
  stored<Factory> factory;
  Token token;
  std::source_location where;
};

template <class Function>
concept begins_coroutine = requires(Function& function) {
  typename std::coroutine_traits<decltype(function())>::promise_type;
};
template <class Map, class Factory>
struct require_coroutine {
  static_assert(
      !std::is_const_v<Map>,
      "wait_map: this map is const, and to compute a value is to change it. Take the map by a "
      "reference that is not const.");
  static_assert(
      begins_coroutine<Factory>,
      "wait_map: the factory is to be a function without arguments that returns a coroutine for "
      "the value, such as []() -> task<Value> { co_return value; }.");
};

template <class Result, lock_checks Checks, class Map, class Factory, class Token>
auto compute(Map& map, owned_key<typename Map::key_type>& key, Factory&& factory, Token token,
             std::source_location where) {
  using kept_factory = std::decay_t<Factory>;
  require_coroutine<Map, kept_factory>();
  using call = compute_call<Result, Map, kept_factory, Token, Checks>;
  return begin_when_awaited(call{&map, key.give_up(),
                                 make_stored<kept_factory>(std::forward<Factory>(factory)),
                                 std::move(token), where});
}

// The keys of one call of get_or_compute_all(), as they are found.
template <class Map>
class key_batch {
  using key_type = typename Map::key_type;
  using mapped_type = typename Map::mapped_type;
  using claim_type = typename Map::claim_type;

 public:
  key_batch(Map& map, std::vector<key_type> keys, std::source_location where)
      : map_(map), keys_(std::move(keys)), found_(map.get_all(keys_)) {
    for (std::size_t index = 0; index != keys_.size(); ++index) {
      if (found_[index]) continue;
      auto claimed = map_.try_claim(keys_[index], where);
      if (claimed) {
        own_.emplace(computation_access::of(claimed).node, index);
        add_claim(std::move(claimed), index);
      } else if (const auto own = own_.find(computation_access::of(map_, keys_[index]).node);
                 own != own_.end()) {
        given_twice_.push_back({index, own->second});
      } else {
        others_.push_back(index);  // present by now, or somebody else's
      }
    }
  }

  // --- what is ours to compute
  bool has_claims() const noexcept { return !claims_.empty(); }
  std::vector<key_type> claimed_keys() const {
    std::vector<key_type> keys;
    keys.reserve(claims_.size());
    for (const auto& each : claims_) keys.push_back(keys_[each.index]);
    return keys;
  }
  template <class Function>
  void for_each_claim(Function&& function) const {
    for (const auto& each : claims_) function(each.held);
  }
  template <class Values>
  void fulfil(Values&& values) {
    if (values.size() != claims_.size()) {
      throw std::length_error("wait_map: the factory of get_or_compute_all() gave " +
                              std::to_string(values.size()) + " values for " +
                              std::to_string(claims_.size()) + " keys");
    }
    for (std::size_t n = 0; n != claims_.size(); ++n) {
      const std::size_t index = claims_[n].index;
      found_[index].emplace(std::move(values[n]));
      if (detail::fulfil(claims_[n].held, *found_[index]) == insert_outcome::present) {
        // Somebody inserted meanwhile and wins.
        if (auto present = map_.get(keys_[index])) found_[index].emplace(*std::move(present));
      }
    }
    claims_.clear();
  }
  void fail(const std::exception_ptr& error) noexcept {
    for (auto& each : claims_) detail::fail(each.held, error);
  }

  // --- what somebody else provides: a key at a time, and none of ours is kept waiting meanwhile
  bool is_complete() const noexcept { return next_ == others_.size(); }
  const key_type& next_key() const noexcept { return keys_[others_[next_]]; }
  void claim_next(claim_type&& claimed) { add_claim(std::move(claimed), others_[next_++]); }
  template <class Found>
  void take_next(Found&& found) {
    const std::size_t index = others_[next_];
    if (found.claim) {
      add_claim(std::move(found.claim), index);
    } else if (found.outcome) {
      found_[index].emplace(*std::move(found.outcome));
    } else {
      throw_reason(found.outcome);
    }
    ++next_;
  }

  std::vector<mapped_type> values() && {
    for (const auto& each : given_twice_) found_[each.index].emplace(*found_[each.first]);
    std::vector<mapped_type> all;
    all.reserve(found_.size());
    for (auto& each : found_) all.push_back(*std::move(each));
    return all;
  }

 private:
  struct claimed_key {
    claim_type held;
    std::size_t index;
  };
  void add_claim(claim_type&& claimed, std::size_t index) {
    claims_.push_back({std::move(claimed), index});
  }

  struct given_again {
    std::size_t index;
    std::size_t first;
  };

  Map& map_;
  const std::vector<key_type> keys_;
  std::vector<std::optional<mapped_type>> found_;
  std::vector<claimed_key> claims_;
  std::unordered_map<const void*, std::size_t> own_;  // by the node of the claim, while it is held
  std::vector<given_again> given_twice_;
  std::vector<std::size_t> others_;
  std::size_t next_ = 0;
};

template <class Task, lock_checks Checks, class Map, class Factory, class Token>
Task compute_all(Map& map, std::vector<typename Map::key_type> keys, stored<Factory> kept_factory,
                 Token token, std::source_location where, call_start<Checks> start) {
  using traits = task_traits<Task>;
  Factory& factory = unwrap(kept_factory);
  noted_wait<Checks> waits(start);
  key_batch<Map> batch(map, std::move(keys), where);
  for (;;) {
    if (batch.has_claims()) {
      noted_computation<Checks> noted(where);
      batch.for_each_claim([&](const auto& held) {
        noted.add(held);
        waits.add(held);
      });
      std::exception_ptr error;
      try {
        auto computing = factory(batch.claimed_keys());
        noted.set_task(computing);
        auto values = co_await std::move(computing);
        noted.end();
        batch.fulfil(std::move(values));
      } catch (...) {
        error = std::current_exception();
      }
      noted.end();
      if (error) {
        if (!traits::is_cancellation(error)) batch.fail(error);
        std::rethrow_exception(error);
      }
      waits.end();
    }
    if (batch.is_complete()) co_return std::move(batch).values();
    auto claimed = waits.begin(map, batch.next_key(), where);
    if (claimed) {
      batch.claim_next(std::move(claimed));
    } else {
      auto found = co_await traits::claim_or_wait(map, batch.next_key(), token, where);
      batch.take_next(std::move(found));
      waits.end();
    }
  }
}

}  // namespace detail

/// The key's value, computed by factory() if there is none. Of all concurrent callers of one key
/// exactly one calls its factory, and the others wait for what it computes.
///
/// `factory` is a function that returns an awaitable coroutine for a Value, of the caller's own
/// task type. That type must be able to await itself and the map's operations. The factory is called when the result
/// is awaited.
/// Returns: an operation that can be awaited once. It converts to a coroutine of that same task type, to be stored
/// or handed on: `Task task = get_or_compute(...)`. If it is awaited as it is, a value that is there costs a
/// look-up and no coroutine. Task types whose promise has an await_transform get the coroutine itself.
/// Suspends: as the factory's coroutine does, or while another caller computes. No lock is held
/// meanwhile: the factory may ask for other keys.
/// Circles: if a factory asks for its own key, or keys ask for each
/// other in a circle, they wait for ever; wait_map::for_each_waiting() shows it. Debug builds throw
/// circular_computation instead. They see a factory's own coroutine that asks. On Linux they also see a coroutine that
/// it awaits, at any depth, if the promises hold which coroutine awaits them. They do not see what runs beside it
/// (when_all, a task that was started). While others compute, each miss costs some microseconds more in debug builds.
/// co_await returns: the value. If somebody inserts a value meanwhile, that value wins.
/// Throws from co_await: what the factory throws. All who wait get it too, and it is not cached. wait_interrupted
/// where the wait was cancelled or stopped, or the map is closed and the key absent. The token stops a
/// wait, not a computation. If the caller who computes resumes another waiter's coroutine and that exits by an
/// exception, the exception is dropped.
/// Invalidation: if wait_map::invalidate() or clear() revokes the claim meanwhile, the value goes only to the caller
/// who computes it, and is not stored. The oldest of those who wait computes anew.
/// Lifetime: the map must live until the coroutine ends. If the coroutine that computes is
/// destroyed, the oldest of those who wait computes; the others wait on. The key and the factory are moved
/// into the coroutine, or onto the heap where that move may throw. (With g++ 12, name a factory that captures, outside
/// of the co_await expression.)
template <class Map, class Factory, class Token = detail::no_stop_token,
          detail::lock_checks Checks = detail::checks>
auto get_or_compute(Map& map, detail::owned_key<typename Map::key_type> key, Factory&& factory,
                    Token token = {},
                    std::source_location where = std::source_location::current()) {
  detail::require_token<Token>();
  return detail::compute<typename Map::mapped_type, Checks>(
      map, key, std::forward<Factory>(factory), std::move(token), where);
}

/// Likewise, and tells where the value comes from.
/// Returns: as get_or_compute(). The coroutine is Task<computed_value<Value>> for a factory's Task<Value> (see
/// task_traits).
/// co_await returns: computed_value<Value>, the value and where it comes from.
template <class Map, class Factory, class Token = detail::no_stop_token,
          detail::lock_checks Checks = detail::checks>
auto get_or_compute_result(Map& map, detail::owned_key<typename Map::key_type> key,
                           Factory&& factory, Token token = {},
                           std::source_location where = std::source_location::current()) {
  detail::require_token<Token>();
  return detail::compute<computed_value<typename Map::mapped_type>, Checks>(
      map, key, std::forward<Factory>(factory), std::move(token), where);
}

/// The values of many keys. Those that are missing are computed together.
///
/// The factory gets a std::vector<Key>: the keys that have neither a value nor somebody who computes it, each once. It
/// returns a coroutine for a std::vector<Value>, in the order of the keys that it got. It is not called where there are
/// no such keys. First all keys that the call has claimed are computed, so that calls whose keys
/// cross do not wait for each other. Then the call waits for the other keys, one after the other. If the producer of such
/// a key lets go of it, a further call of the factory computes it.
/// Returns: a coroutine of the factory's type, to be awaited once.
/// co_await returns: std::vector<Value>, in the order of the keys.
/// Throws from co_await: as get_or_compute(). What the factory throws goes to all who wait for one of its keys.
/// std::length_error where the factory gives another number of values.
/// Lifetime: as get_or_compute(). The keys are copied, or moved out of an rvalue container.
/// Cost: O(keys). One allocation for each key that is missing, and a few for all.
template <class Map, std::ranges::forward_range Keys, class Factory,
          class Token = detail::no_stop_token, detail::lock_checks Checks = detail::checks>
auto get_or_compute_all(Map& map, Keys&& keys, Factory&& factory, Token token = {},
                        std::source_location where = std::source_location::current()) {
  detail::require_token<Token>();
  using key_type = typename Map::key_type;
  using kept_factory = std::decay_t<Factory>;
  using task = std::invoke_result_t<kept_factory&, std::vector<key_type>>;
  using start = detail::call_start<Checks>;
  return start::template begin_alone<task>([&](start how) {
    return detail::compute_all<task, Checks, Map, kept_factory, Token>(
        map, detail::keys_of<key_type>(std::forward<Keys>(keys)),
        detail::make_stored<kept_factory>(std::forward<Factory>(factory)), std::move(token), where,
        std::move(how));
  });
}

}  // namespace waitmap
