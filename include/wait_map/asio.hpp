// async_wait and its kin: the waits of a wait_map as asynchronous operations of Asio, for every
// completion token; and a resumer for Asio's executors.
//
// Standalone Asio, or Boost.Asio where WAIT_MAP_USE_BOOST_ASIO is defined or only that is there (the
// CMake targets wait_map::asio and wait_map::boost_asio see to it). A program may use both, each
// source file one of them.
#pragma once

#include <wait_map/version.hpp>

#include <chrono>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ranges>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/detail/asio/handler_arguments.hpp>
#include <wait_map/detail/asio/initiate.hpp>
#include <wait_map/detail/asio/library.hpp>
#include <wait_map/detail/asio/operation_timer.hpp>
#include <wait_map/detail/asio/stop_source.hpp>
#include <wait_map/detail/asio/subscribed.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/key.hpp>
#include <wait_map/get_or_compute.hpp>
#include <wait_map/policy.hpp>
#include <wait_map/result.hpp>
#include <wait_map/stop_token.hpp>
#include <wait_map/wait_map.hpp>

namespace waitmap {

inline namespace WAIT_MAP_WITH_ASIO {

// --- the waits -----------------------------------------------------------------------------------
//
// For each of them:
// - Completion token: any. The handler's arguments are an error_code and what the wait of the same
//   name returns. use_awaitable and use_future throw the error instead.
// - The error: none where the wait ended with a value or was ended by the map (cancel, close, a
//   dropped claim): the optional then tells. operation_aborted after a cancellation of this
//   operation through the handler's cancellation slot, of any type, which ends the wait. An
//   exception (of fail(), or of a copy of the value) reaches a handler as the code of a
//   system_error, else as a code of the category "wait_map"; use_awaitable and use_future rethrow
//   it.
// - The handler is called once, never by the initiating function: by post() to its associated
//   executor, whose work the operation is; without an executor (or with system_executor) on the
//   thread that ended the wait, before the call that ended it returns, unless that was a
//   cancellation or the value was there already: then on a thread of Asio's. Where the token has no executor, and
//   asks for that of the operation (cancel_after, cancel_at, use_promise), on one thread that the program has for
//   these; use_coro takes that of who awaits.
// - Destroying the execution context of the handler destroys the handler uncalled and ends the wait.
// - Cost: one allocation, from the handler's allocator, and what post() costs.
// - Lifetime: the map must live until the operation is initiated; its end ends the wait. The keys
//   are moved or copied in.
// - With a deadline: to observe, async_wait(map, key, cancel_after(5s, use_awaitable)), or, where Asio has no such
//   token yet, async_wait(map, key, use_awaitable) || timer.async_wait(use_awaitable). To take, async_take_until(). With operator|| both can end in one turn of the event loop: a value
//   comes and is taken, insert() says handed_off, and yet the timer is the first of the two. operator||
//   then drops the result of the take, and with it the value. What observes leaves the value in the
//   map, and loses nothing.

/// wait_map::wait(): void(error_code, std::optional<Value>).
template <detail::some_wait_map Map, class CompletionToken>
auto async_wait(Map& map, detail::key_of<Map> key, CompletionToken&& token,
                std::source_location where = std::source_location::current()) {
  return detail::initiate<std::optional<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, const auto& kept) {
        return map.wait_result(kept, stop, where);
      },
      key.release());
}

/// wait_map::wait_result(): void(error_code, wait_outcome<Value>). The outcome also holds the
/// exception of a failed wait.
template <detail::some_wait_map Map, class CompletionToken>
auto async_wait_result(Map& map, detail::key_of<Map> key, CompletionToken&& token,
                       std::source_location where = std::source_location::current()) {
  return detail::initiate<wait_outcome<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, const auto& kept) {
        return map.wait_result(kept, stop, where);
      },
      key.release());
}

/// wait_map::take(): void(error_code, std::optional<Value>). A value that was taken for a handler
/// that its execution context then drops is destroyed with it. So is one whose result operator||
/// drops: where a timer is the other side, use async_take_until().
template <detail::some_wait_map Map, class CompletionToken>
auto async_take(Map& map, detail::key_of<Map> key, CompletionToken&& token,
                std::source_location where = std::source_location::current()) {
  return detail::initiate<std::optional<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, const auto& kept) {
        return map.take(kept, stop, where);
      },
      key.release());
}

/// wait_map::claim_or_wait(): void(error_code, Map::claim_or_outcome_type). A producer's exception is the
/// error, and in the outcome. A claim that came to a handler which its execution context then drops passes on.
template <detail::some_wait_map Map, class CompletionToken>
auto async_claim_or_wait(Map& map, detail::key_of<Map> key, CompletionToken&& token,
                         std::source_location where = std::source_location::current()) {
  return detail::initiate<typename Map::claim_or_outcome_type>(
      token,
      [&map, where](detail::operation_stop_token stop, const auto& kept) {
        return map.claim_or_wait(kept, stop, where);
      },
      key.release());
}

/// async_take() with a deadline: void(error_code, std::optional<Value>). At that time the wait is
/// stopped, and the outcome decided once, under a lock: either the value was taken, and the handler
/// gets it; or the handler gets neither an error nor a value, and no insert() says handed_off for it.
/// A value that is there is taken, whatever the time.
/// - The time: of any clock that Asio's timers know, with net::wait_traits of that clock. A past one
///   ends the wait when the executor next runs.
/// - The handler is called on its executor, by a timer of its execution context or by post(); without
///   an executor (or with system_executor), on a thread of Asio's: never by the call that ends the wait.
/// - Cost: one allocation from the handler's allocator for the operation, and one for the timer, as
///   post() has in other waits. The timer ends with the wait, before the handler is called.
template <detail::some_wait_map Map, class Clock, class Duration, class CompletionToken>
  requires std::convertible_to<std::chrono::time_point<Clock, Duration>, typename Clock::time_point>
auto async_take_until(Map& map, detail::key_of<Map> key,
                      const std::chrono::time_point<Clock, Duration>& time, CompletionToken&& token,
                      std::source_location where = std::source_location::current()) {
  return detail::initiate_stoppable<std::optional<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, const auto& kept) {
        return map.take(kept, stop, where);
      },
      detail::stop_at<Clock>{time}, key.release());
}

/// wait_map::wait_with(): void(error_code, std::optional<R>), where R is what the function returns,
/// std::monostate for void. The function runs on the thread that inserts, under a lock.
template <detail::some_wait_map Map, std::invocable<const typename Map::mapped_type&> Function,
          class CompletionToken>
auto async_wait_with(Map& map, detail::key_of<Map> key, Function&& function,
                     CompletionToken&& token,
                     std::source_location where = std::source_location::current()) {
  const auto call = [&map, where](detail::operation_stop_token stop, const auto& kept,
                                  auto& kept_function) {
    return map.wait_with(kept, std::ref(kept_function), stop, where);
  };
  return detail::initiate<
      detail::awaited<decltype(call), typename Map::key_type, std::decay_t<Function>>>(
      token, call, key.release(), std::forward<Function>(function));
}

/// wait_map::wait_modify(), likewise.
template <detail::some_wait_map Map, std::invocable<typename Map::mapped_type&> Function,
          class CompletionToken>
auto async_wait_modify(Map& map, detail::key_of<Map> key, Function&& function,
                       CompletionToken&& token,
                       std::source_location where = std::source_location::current()) {
  const auto call = [&map, where](detail::operation_stop_token stop, const auto& kept,
                                  auto& kept_function) {
    return map.wait_modify(kept, std::ref(kept_function), stop, where);
  };
  return detail::initiate<
      detail::awaited<decltype(call), typename Map::key_type, std::decay_t<Function>>>(
      token, call, key.release(), std::forward<Function>(function));
}

/// wait_map::wait_all(): void(error_code, std::vector<wait_outcome<Value>>). After a cancellation of
/// the operation, the keys whose waits had ended have their outcomes, the others `stopped`.
template <detail::some_wait_map Map, std::ranges::forward_range Keys, class CompletionToken>
auto async_wait_all(Map& map, Keys&& keys, CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return detail::initiate<std::vector<wait_outcome<typename Map::mapped_type>>>(
      token,
      [&map, where](detail::operation_stop_token stop, auto& kept) {
        return map.wait_all(kept, stop, where);
      },
      detail::keys_of<typename Map::key_type>(std::forward<Keys>(keys)));
}
template <detail::some_wait_map Map, class CompletionToken>
auto async_wait_all(Map& map, std::initializer_list<typename Map::key_type> keys,
                    CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_wait_all(map, std::vector<typename Map::key_type>(keys),
                                 std::forward<CompletionToken>(token), where);
}

/// wait_map::wait_any(): void(error_code, first_outcome<Value>).
template <detail::some_wait_map Map, std::ranges::forward_range Keys, class CompletionToken>
auto async_wait_any(Map& map, Keys&& keys, CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return detail::initiate<first_outcome<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, auto& kept) {
        return map.wait_any(kept, stop, where);
      },
      detail::keys_of<typename Map::key_type>(std::forward<Keys>(keys)));
}
template <detail::some_wait_map Map, class CompletionToken>
auto async_wait_any(Map& map, std::initializer_list<typename Map::key_type> keys,
                    CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_wait_any(map, std::vector<typename Map::key_type>(keys),
                                 std::forward<CompletionToken>(token), where);
}

/// wait_map::take_any(): void(error_code, first_outcome<Value>). Not for operator||, as async_take().
template <detail::some_wait_map Map, std::ranges::forward_range Keys, class CompletionToken>
auto async_take_any(Map& map, Keys&& keys, CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return detail::initiate<first_outcome<typename Map::mapped_type>>(
      token,
      [&map, where](detail::operation_stop_token stop, auto& kept) {
        return map.take_any(kept, stop, where);
      },
      detail::keys_of<typename Map::key_type>(std::forward<Keys>(keys)));
}
template <detail::some_wait_map Map, class CompletionToken>
auto async_take_any(Map& map, std::initializer_list<typename Map::key_type> keys,
                    CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_take_any(map, std::vector<typename Map::key_type>(keys),
                                 std::forward<CompletionToken>(token), where);
}

/// What async_subscribe() returns: a wait that has begun, to be awaited once. Destroyed before,
/// it ends the wait.
template <class Wait, class Value>
class [[nodiscard("a subscription ends when it is destroyed")]] async_subscription {
 public:
  template <class Subscribe>
  explicit async_subscription(std::in_place_t, Subscribe subscribe)
      : kept_(std::make_shared<detail::subscribed<Wait>>(std::move(subscribe))) {}
  async_subscription(async_subscription&&) noexcept = default;
  async_subscription& operator=(async_subscription&&) noexcept = default;

  /// void(error_code, std::optional<Value>), as async_wait(). Once: a second call, or one after *this was
  /// moved from, ends the program with a message.
  template <class CompletionToken>
  auto async_wait(CompletionToken&& token) {
    return initiate(token, detail::no_stop_token());
  }

  /// Likewise, with a deadline that loses no value: see async_take_until().
  template <class Clock, class Duration, class CompletionToken>
    requires std::convertible_to<std::chrono::time_point<Clock, Duration>,
                                 typename Clock::time_point>
  auto async_wait_until(const std::chrono::time_point<Clock, Duration>& time,
                        CompletionToken&& token) {
    return initiate(token, detail::stop_at<Clock>{time});
  }

 private:
  template <class CompletionToken, class Stop>
  auto initiate(CompletionToken& token, Stop stop_too) {
    if (kept_ == nullptr) {
      detail::fatal(
          "an async_subscription was awaited a second time, or after it was moved from. Call "
          "async_subscribe() anew for each async_wait().");
    }
    return detail::initiate_stoppable<std::optional<Value>>(
        token,
        [](detail::operation_stop_token stop, auto& kept) {
          return detail::awaited_subscription<detail::subscribed<Wait>>(std::move(kept), stop);
        },
        stop_too, std::move(kept_));
  }

  std::shared_ptr<detail::subscribed<Wait>> kept_;
};

/// wait_map::subscribe() and subscribe_take(), for Asio: the wait begins here, so that a request can
/// be sent before its reply is awaited with async_wait(token) of what is returned.
/// Cost: one allocation.
template <detail::some_wait_map Map>
auto async_subscribe(Map& map, detail::key_of<Map> key,
                     std::source_location where = std::source_location::current()) {
  const auto subscribe = [&](detail::operation_stop_token stop) {
    return map.subscribe(key.release(), stop, where);
  };
  return async_subscription<decltype(subscribe(std::declval<detail::operation_stop_token>())),
                            typename Map::mapped_type>(std::in_place, subscribe);
}
template <detail::some_wait_map Map>
auto async_subscribe_take(Map& map, detail::key_of<Map> key,
                          std::source_location where = std::source_location::current()) {
  const auto subscribe = [&](detail::operation_stop_token stop) {
    return map.subscribe_take(key.release(), stop, where);
  };
  return async_subscription<decltype(subscribe(std::declval<detail::operation_stop_token>())),
                            typename Map::mapped_type>(std::in_place, subscribe);
}

// --- resuming on an executor ---------------------------------------------------------------------

/// A resumer that posts to an executor of Asio: each coroutine that co_awaits the map's own
/// operations resumes there, never in the call that ends its wait.
/// Lifetime: what is posted to an execution context that is then destroyed is never resumed; stop
/// the coroutines before.
template <class Executor = detail::net::any_io_executor>
class executor_resumer {
 public:
  explicit executor_resumer(Executor executor) noexcept : executor_(std::move(executor)) {}

  void operator()(std::coroutine_handle<> coroutine) const {
    detail::net::post(executor_, [coroutine] { coroutine.resume(); });
  }

 private:
  Executor executor_;
};

/// wait_map<Key, Value, default_hash<Key>, default_equal<Key>, executor_policy<>>
///     map(executor_resumer(context.get_executor()));
template <class Executor = detail::net::any_io_executor>
struct executor_policy : default_policy {
  using resumer = executor_resumer<Executor>;
};

}  // namespace WAIT_MAP_WITH_ASIO

#if defined(WAIT_MAP_ASIO_AWAITABLE)
/// get_or_compute() with factories that return Asio's awaitable. A cancellation of the coroutine
/// ends its wait with operation_aborted; if it was the one who computed, the oldest of those who wait
/// does so in its place.
template <class Type, class Executor>
struct task_traits<detail::net::awaitable<Type, Executor>> {
  template <class Map, class Token>
  static auto claim_or_wait(Map& map, const typename Map::key_type& key, Token token,
                            std::source_location where) {
    constexpr detail::net::use_awaitable_t<Executor> use_awaitable;
    return detail::initiate_stoppable<typename Map::claim_or_outcome_type>(
        use_awaitable,
        [&map, where](detail::operation_stop_token stop, const auto& kept) {
          return map.claim_or_wait(kept, stop, where);
        },
        std::move(token), key);
  }

  static bool is_cancellation(const std::exception_ptr& error) {
    return detail::code_of(error) == detail::net::error::operation_aborted;
  }
};
#endif

}  // namespace waitmap
