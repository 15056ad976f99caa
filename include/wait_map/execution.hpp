/// @file
/// async_wait and its kin: the waits of a wait_map as senders.
///
/// They are senders of std::execution where the standard library has it, else of stdexec, else of beman's execution
/// (or of that before stdexec, where WAIT_MAP_USE_BEMAN_EXECUTION is defined).
///
/// In a coroutine of these libraries a plain `co_await map.wait(key)` does as well, and needs no such sender.
#pragma once

#include <wait_map/version.hpp>

#include <concepts>
#include <initializer_list>
#include <ranges>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/detail/key.hpp>
#include <wait_map/detail/sender.hpp>
#include <wait_map/wait_map.hpp>

namespace waitmap {

namespace detail {

// A function that begins a wait for a key that it keeps.
template <class Key, class Begin>
class begin_with_key {
 public:
  begin_with_key(Key key, Begin begin) : key_(std::move(key)), begin_(std::move(begin)) {}
  auto operator()() && { return begin_(std::move(key_)); }

 private:
  Key key_;
  Begin begin_;
};
template <class Key, class Begin>
auto sender_for(Key key, Begin begin) {
  using function = begin_with_key<Key, Begin>;
  return wait_sender<function>(function(std::move(key), std::move(begin)));
}

}  // namespace detail

/// @name Waits as senders (execution.hpp)
/// Each of these functions returns a sender for the wait of the same name of wait_map:
/// - Completes: with set_value(what co_await returns for that wait); with set_error(std::exception_ptr)
///   where co_await would throw; with set_stopped() where the stop token of the receiver's environment ended the wait.
/// - Where: by the map's resumer, so by default on the thread that ends the wait; inside start() where the wait ends
///   at once.
/// - Cost: as the co_await. No coroutine is behind it. For one key the operation state is the waiter, and nothing is
///   allocated but the claim that async_claim_or_wait() brings.
/// - Lifetime: the map must live until the sender is started. The map's end ends the wait. The keys are moved or copied
///   in. A sender is connected once. An lvalue sender whose key can be copied is connected any number of times.
///   Destroying the operation state before it completes ends the wait.
/// @{

/// wait_map::wait(): set_value(std::optional<Value>).
template <detail::some_wait_map Map>
auto async_wait(Map& map, detail::key_of<Map> key,
                std::source_location where = std::source_location::current()) {
  return detail::sender_for(key.release(), [&map, where](typename Map::key_type&& kept) {
    return map.wait(std::move(kept), detail::no_stop_token(), where);
  });
}

/// wait_map::wait_result(): set_value(wait_outcome<Value>).
template <detail::some_wait_map Map>
auto async_wait_result(Map& map, detail::key_of<Map> key,
                       std::source_location where = std::source_location::current()) {
  return detail::sender_for(key.release(), [&map, where](typename Map::key_type&& kept) {
    return map.wait_result(std::move(kept), detail::no_stop_token(), where);
  });
}

/// wait_map::take(): set_value(std::optional<Value>). A receiver that is stopped has not taken the value.
template <detail::some_wait_map Map>
auto async_take(Map& map, detail::key_of<Map> key,
                std::source_location where = std::source_location::current()) {
  return detail::sender_for(key.release(), [&map, where](typename Map::key_type&& kept) {
    return map.take(std::move(kept), detail::no_stop_token(), where);
  });
}

/// wait_map::wait_with(): set_value(std::optional<R>), where R is what the function returns, std::monostate for void.
/// The function runs on the thread that inserts, under a lock.
template <detail::some_wait_map Map, std::invocable<const typename Map::mapped_type&> Function>
auto async_wait_with(Map& map, detail::key_of<Map> key, Function function,
                     std::source_location where = std::source_location::current()) {
  return detail::sender_for(key.release(), [&map, where, function = std::move(function)](
                                               typename Map::key_type&& kept) mutable {
    return map.wait_with(std::move(kept), std::move(function), detail::no_stop_token(), where);
  });
}

/// wait_map::wait_modify(): set_value(std::optional<R>), as async_wait_with().
template <detail::some_wait_map Map, std::invocable<typename Map::mapped_type&> Function>
auto async_wait_modify(Map& map, detail::key_of<Map> key, Function function,
                       std::source_location where = std::source_location::current()) {
  return detail::sender_for(key.release(), [&map, where, function = std::move(function)](
                                               typename Map::key_type&& kept) mutable {
    return map.wait_modify(std::move(kept), std::move(function), detail::no_stop_token(), where);
  });
}

/// wait_map::claim_or_wait(): set_value(Map::claim_or_outcome_type). If the receiver is stopped, the claim stays
/// with its holder, or passes on.
template <detail::some_wait_map Map>
auto async_claim_or_wait(Map& map, detail::key_of<Map> key,
                         std::source_location where = std::source_location::current()) {
  return detail::sender_for(key.release(), [&map, where](typename Map::key_type&& kept) {
    return map.claim_or_wait(std::move(kept), detail::no_stop_token(), where);
  });
}

/// wait_map::wait_all(): set_value(std::vector<wait_outcome<Value>>). Cost: two allocations, as there.
template <detail::some_wait_map Map, std::ranges::forward_range Keys>
auto async_wait_all(Map& map, Keys&& keys,
                    std::source_location where = std::source_location::current()) {
  return detail::sender_for(detail::keys_of<typename Map::key_type>(std::forward<Keys>(keys)),
                            [&map, where](std::vector<typename Map::key_type>&& kept) {
                              return map.wait_all(std::move(kept), detail::no_stop_token(), where);
                            });
}
/// Likewise, for keys that are written out.
template <detail::some_wait_map Map>
auto async_wait_all(Map& map, std::initializer_list<typename Map::key_type> keys,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_wait_all(map, std::vector<typename Map::key_type>(keys), where);
}

/// wait_map::wait_any(): set_value(first_outcome<Value>). Cost: an allocation, as there.
template <detail::some_wait_map Map, std::ranges::forward_range Keys>
auto async_wait_any(Map& map, Keys&& keys,
                    std::source_location where = std::source_location::current()) {
  return detail::sender_for(detail::keys_of<typename Map::key_type>(std::forward<Keys>(keys)),
                            [&map, where](std::vector<typename Map::key_type>&& kept) {
                              return map.wait_any(std::move(kept), detail::no_stop_token(), where);
                            });
}
/// Likewise, for keys that are written out.
template <detail::some_wait_map Map>
auto async_wait_any(Map& map, std::initializer_list<typename Map::key_type> keys,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_wait_any(map, std::vector<typename Map::key_type>(keys), where);
}

/// wait_map::take_any(): set_value(first_outcome<Value>). Cost: as async_wait_any().
template <detail::some_wait_map Map, std::ranges::forward_range Keys>
auto async_take_any(Map& map, Keys&& keys,
                    std::source_location where = std::source_location::current()) {
  return detail::sender_for(detail::keys_of<typename Map::key_type>(std::forward<Keys>(keys)),
                            [&map, where](std::vector<typename Map::key_type>&& kept) {
                              return map.take_any(std::move(kept), detail::no_stop_token(), where);
                            });
}
/// Likewise, for keys that are written out.
template <detail::some_wait_map Map>
auto async_take_any(Map& map, std::initializer_list<typename Map::key_type> keys,
                    std::source_location where = std::source_location::current()) {
  return waitmap::async_take_any(map, std::vector<typename Map::key_type>(keys), where);
}

/// @}

}  // namespace waitmap
