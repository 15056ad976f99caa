/// @file
/// async_wait and its kin: the waits of a wait_map as asynchronous operations of Asio, for every
/// completion token; and a resumer for Asio's executors.
///
/// They are for standalone Asio, or for Boost.Asio where WAIT_MAP_USE_BOOST_ASIO is defined or only that is there (the
/// CMake targets wait_map::asio and wait_map::boost_asio see to it). A program may use both, but each
/// source file only one of them.
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

/// The waits as asynchronous operations of Asio. An inline namespace: write `waitmap::async_wait`. With Boost.Asio its
/// name is with_boost_asio.
inline namespace WAIT_MAP_WITH_ASIO {

/// @name Waits as operations of Asio (asio.hpp)
/// Each of these functions initiates the wait of the same name of wait_map:
/// - Completion token: any. The handler's arguments are an error_code and what co_await returns for that wait.
///   use_awaitable and use_future throw the error instead.
/// - The error: none where the wait ended with a value, or where the map ended it (cancel, close, a
///   dropped claim): the optional is then empty. operation_aborted after a cancellation of this
///   operation through the handler's cancellation slot, of any type, which ends the wait. An
///   exception (of fail(), or of a copy of the value) reaches a handler as the code of a
///   system_error, else as a code of the category "wait_map". use_awaitable and use_future rethrow
///   it.
/// - The handler: it is called once, and never by the initiating function. It is called by post() to its associated
///   executor, whose work the operation is. Without an executor (or with system_executor) it is called on the
///   thread that ended the wait, before the call that ended it returns; after a
///   cancellation, or if the value was there already, on a thread of Asio's. If the token has no executor and
///   asks for the operation's (cancel_after, cancel_at, use_promise), it is called on one thread that the program has
///   for these. use_coro takes the executor of the coroutine that awaits.
/// - Destroying the execution context of the handler destroys the handler uncalled and ends the wait.
/// - Cost: one allocation, from the handler's allocator, and the cost of post().
/// - Lifetime: the map must live until the operation is initiated. The map's end ends the wait. The keys
///   are moved or copied in.
/// - With a deadline, to observe: `async_wait(map, key, cancel_after(5s, use_awaitable))`. Where Asio has no such
///   token yet: `async_wait(map, key, use_awaitable) || timer.async_wait(use_awaitable)`.
/// - With a deadline, to take: async_take_until(). Do not use operator|| here. Both sides can end in one turn of the
///   event loop: a value comes and is taken, insert() says handed_off, and yet the timer is the first of the two.
///   operator|| then drops the result of the take, and the value is lost. A wait that observes leaves the value in the
///   map, and loses nothing.
/// @{

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

/// wait_map::take(): void(error_code, std::optional<Value>). If the execution context drops the handler for which
/// the value was taken, the value is destroyed with it. A value is also destroyed if operator||
/// drops the result: where a timer is the other side, use async_take_until().
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

/// wait_map::claim_or_wait(): void(error_code, Map::claim_or_outcome_type). A producer's exception is both the
/// error and in the outcome. If the execution context drops the handler to which a claim has come, the claim passes on.
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
/// stopped. The outcome is decided once, under a lock: either the value was taken, and the handler
/// gets it; or the handler gets neither an error nor a value, and no insert() says handed_off for it.
/// A value that is there is taken, whatever the time.
/// - The time: of any clock that Asio's timers know, with Asio's wait_traits of that clock. A past time
///   ends the wait when the executor next runs.
/// - The handler: it is called on its executor, by a timer of its execution context or by post(); without
///   an executor (or with system_executor), on a thread of Asio's. The call that ends the wait never calls it.
/// - Cost: one allocation from the handler's allocator for the operation, and one for the timer, as other waits have
///   one for post(). The timer ends with the wait, before the handler is called.
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

/// wait_map::wait_modify(): void(error_code, std::optional<R>), as async_wait_with().
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
/// the operation, the keys whose waits had ended have their outcomes; the others are `stopped`.
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
/// Likewise, for keys that are written out.
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
/// Likewise, for keys that are written out.
template <detail::some_wait_map Map, class CompletionToken>
auto async_wait_any(Map& map, std::initializer_list<typename Map::key_type> keys,
                    CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_wait_any(map, std::vector<typename Map::key_type>(keys),
                                 std::forward<CompletionToken>(token), where);
}

/// wait_map::take_any(): void(error_code, first_outcome<Value>). As async_take(), it is not for operator||.
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
/// Likewise, for keys that are written out.
template <detail::some_wait_map Map, class CompletionToken>
auto async_take_any(Map& map, std::initializer_list<typename Map::key_type> keys,
                    CompletionToken&& token,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_take_any(map, std::vector<typename Map::key_type>(keys),
                                 std::forward<CompletionToken>(token), where);
}

/// What async_subscribe() and async_subscribe_take() return: a wait that has begun, to be awaited once. If it is
/// destroyed before that, the wait ends.
template <class Wait, class Value>
class [[nodiscard("a subscription ends when it is destroyed")]] async_subscription {
 public:
  /// For async_subscribe() and async_subscribe_take(): begins the wait by a call of the function.
  template <class Subscribe>
  explicit async_subscription(std::in_place_t, Subscribe subscribe)
      : kept_(std::make_shared<detail::subscribed<Wait>>(std::move(subscribe))) {}
  /// Takes the wait over. The other one must not be awaited any more.
  async_subscription(async_subscription&&) noexcept = default;
  /// Ends the wait that it held, unless that was awaited, and takes the other one over.
  async_subscription& operator=(async_subscription&&) noexcept = default;

  /// void(error_code, std::optional<Value>), as async_wait(). It is called once. A second call, or one after *this was
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

/// wait_map::subscribe(): the wait begins here, so that a request can be sent before its reply is awaited.
/// Returns: an async_subscription. Its async_wait(token) awaits the value.
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
/// Likewise, wait_map::subscribe_take().
template <detail::some_wait_map Map>
auto async_subscribe_take(Map& map, detail::key_of<Map> key,
                          std::source_location where = std::source_location::current()) {
  const auto subscribe = [&](detail::operation_stop_token stop) {
    return map.subscribe_take(key.release(), stop, where);
  };
  return async_subscription<decltype(subscribe(std::declval<detail::operation_stop_token>())),
                            typename Map::mapped_type>(std::in_place, subscribe);
}

/// @}
/// @name Resuming on an executor (asio.hpp)
/// @{

/// A resumer that posts to an executor of Asio: each coroutine that co_awaits the map's own
/// operations resumes there, never in the call that ends its wait.
/// Lifetime: if an execution context is destroyed, the coroutines that were posted to it never resume. Stop
/// them before.
template <class Executor = detail::net::any_io_executor>
class executor_resumer {
 public:
  /// Resumes on this executor.
  explicit executor_resumer(Executor executor) noexcept : executor_(std::move(executor)) {}

  /// Posts the coroutine to the executor.
  void operator()(std::coroutine_handle<> coroutine) const {
    detail::net::post(executor_, [coroutine] { coroutine.resume(); });
  }

 private:
  Executor executor_;
};

/// A policy whose resumer is an executor_resumer:
///
///     wait_map<Key, Value, default_hash<Key>, default_equal<Key>, executor_policy<>>
///         map(executor_resumer(context.get_executor()));
template <class Executor = detail::net::any_io_executor>
struct executor_policy : default_policy {
  using resumer = executor_resumer<Executor>;  ///< Posts to the executor.
};

/// @}

}  // namespace WAIT_MAP_WITH_ASIO

#if defined(WAIT_MAP_ASIO_AWAITABLE)
/// Lets get_or_compute() take factories that return Asio's awaitable. A cancellation of the coroutine
/// ends its wait with operation_aborted. If that coroutine was computing, the oldest of those who wait
/// computes in its place.
template <class Type, class Executor>
struct task_traits<detail::net::awaitable<Type, Executor>> {
  /// Returns: an awaitable for the outcome of map.claim_or_wait(key, token).
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

  /// Whether the exception has the code operation_aborted.
  static bool is_cancellation(const std::exception_ptr& error) {
    return detail::code_of(error) == detail::net::error::operation_aborted;
  }
};
#endif

}  // namespace waitmap
