// get_or_compute: single flight. Of all who ask for an absent key one computes its value, the
// others wait.
#pragma once

#include <exception>
#include <source_location>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include <wait_map/detail/operation.hpp>
#include <wait_map/detail/stored.hpp>
#include <wait_map/result.hpp>
#include <wait_map/wait_map.hpp>

namespace waitmap {

/// What get_or_compute() throws where a wait for somebody else's value ended without one.
class wait_interrupted : public std::runtime_error {
 public:
  explicit wait_interrupted(wait_status why) : std::runtime_error(text(why)), status_(why) {}

  /// cancelled, stopped or closed.
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

/// How a coroutine of type Task awaits a wait: as it is. Specialise it for a task type that can
/// only await what is made for it.
template <class Task>
struct task_traits {
  /// Returns: what the task awaits to get the outcome of map.wait_claimed(key, token).
  template <class Map, class Token>
  static auto wait_claimed(Map& map, const typename Map::key_type& key, Token token,
                           std::source_location where) {
    return map.wait_claimed(key, std::move(token), where);
  }

  /// Whether an exception says that the task was cancelled: then the next one computes, instead of
  /// all failing.
  static bool is_cancellation(const std::exception_ptr&) noexcept { return false; }
};

namespace detail {

// The parameters are the coroutine's own. None throws when it is moved into the frame: clang would,
// without optimisation, read the exception's address in the frame that it has just freed.
template <class Task, class Map, class Factory, class Token>
Task compute_or_wait(Map& map, stored<typename Map::key_type> kept_key,
                     stored<Factory> kept_factory, Token token, std::source_location where) {
  const typename Map::key_type& key = unwrap(kept_key);
  Factory& factory = unwrap(kept_factory);
  for (;;) {
    auto present = map.get(key);
    if (present) co_return *std::move(present);

    auto claimed = map.try_claim(key);
    if (claimed) {
      std::exception_ptr error;
      try {
        auto computing = factory();
        typename Map::mapped_type value = co_await std::move(computing);
        const bool accepted = static_cast<bool>(claimed.set_value(std::as_const(value)));
        if (!accepted) {  // somebody inserted meanwhile and wins
          auto inserted = map.get(key);
          if (inserted) co_return *std::move(inserted);
        }
        co_return value;
      } catch (...) {
        error = std::current_exception();
      }
      if (!task_traits<Task>::is_cancellation(error)) claimed.set_exception(error);
      std::rethrow_exception(error);
    }

    auto outcome = co_await task_traits<Task>::wait_claimed(map, key, token, where);
    if (outcome) co_return *std::move(outcome);
    // The one who computed was destroyed: the oldest of those who waited is the first to try.
    if (outcome.status() != wait_status::abandoned) throw wait_interrupted(outcome.status());
  }
}

}  // namespace detail

/// The key's value, computed by factory() if there is none: of all concurrent callers of one key
/// exactly one calls its factory, and the others wait for what it computes.
///
/// `factory` is a function that returns an awaitable coroutine for a Value, of the caller's own
/// task type. The result is a coroutine of that same type; the type must be able to await itself
/// and the map's operations.
/// Suspends: as the factory's coroutine does, or while another caller computes. No lock is held
/// meanwhile: the factory may ask for other keys. If it asks for its own key, or keys ask for each
/// other in a circle, they wait for ever; for_each_waiting() shows it.
/// Returns: the value. A value that somebody inserts meanwhile wins.
/// Throws: what the factory throws, to all who wait, and is not cached; wait_interrupted where the
/// wait was cancelled or stopped, or the map is closed and the key absent. The token stops a wait,
/// not a computation.
/// Lifetime: the map must live until the coroutine ends. If the coroutine that computes is
/// destroyed, the oldest of those who wait computes. The key and the factory are moved into the
/// coroutine, onto the heap where that may throw (g++ 12: name a factory that captures, outside of
/// the co_await expression).
template <class Map, class Given = typename Map::key_type, class Factory,
          detail::token_or_none Token = detail::no_stop_token>
auto get_or_compute(Map& map, Given&& key, Factory&& factory, Token token = {},
                    std::source_location where = std::source_location::current()) {
  using task = std::invoke_result_t<std::decay_t<Factory>&>;
  return detail::compute_or_wait<task, Map, std::decay_t<Factory>, Token>(
      map, detail::make_stored<typename Map::key_type>(std::forward<Given>(key)),
      detail::make_stored<std::decay_t<Factory>>(std::forward<Factory>(factory)), std::move(token),
      where);
}

}  // namespace waitmap
