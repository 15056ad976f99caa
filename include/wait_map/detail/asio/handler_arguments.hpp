// What a handler gets of a wait: an error and a result.
#pragma once

#include <algorithm>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/claim.hpp>
#include <wait_map/detail/asio/library.hpp>
#include <wait_map/result.hpp>

namespace waitmap::detail {
inline namespace WAIT_MAP_WITH_ASIO {

class wait_error_category final : public error_category {
 public:
  const char* name() const noexcept override { return "wait_map"; }
  std::string message(int) const override { return "the wait failed with an exception"; }
};

// What a handler gets that takes an error_code, where the wait ended with an exception.
inline error_code code_of(const std::exception_ptr& error) {
  static const wait_error_category category;
  if (!error) return {};
  try {
    std::rethrow_exception(error);
  } catch (const system_error& thrown) {
    return thrown.code();
  } catch (...) {
    return {1, category};
  }
}

// Tokens that make an exception of the error: they get the exception itself.
template <class Token>
inline constexpr bool throws_errors = false;
#if defined(WAIT_MAP_ASIO_AWAITABLE)
template <class Executor>
inline constexpr bool throws_errors<net::use_awaitable_t<Executor>> = true;
#endif
template <class Allocator>
inline constexpr bool throws_errors<net::use_future_t<Allocator>> = true;
template <class Token, class Executor>
inline constexpr bool throws_errors<net::executor_binder<Token, Executor>> = throws_errors<Token>;
template <class Token, class Slot>
inline constexpr bool throws_errors<net::cancellation_slot_binder<Token, Slot>> =
    throws_errors<Token>;

template <class Token>
using error_for =
    std::conditional_t<throws_errors<std::decay_t<Token>>, std::exception_ptr, error_code>;

// Whether it ended by a stop. An optional does not tell: without a value, and with a stop requested.
template <class Value>
bool ended_by_stop(const std::optional<Value>& result, bool requested) noexcept {
  return !result && requested;
}
template <class Value>
bool ended_by_stop(const wait_outcome<Value>& result, bool) noexcept {
  return result.status() == wait_status::stopped;
}
template <class Value>
bool ended_by_stop(const first_outcome<Value>& result, bool) noexcept {
  return result.index == result.no_key && result.outcome.status() == wait_status::stopped;
}
template <class Value>
bool ended_by_stop(const std::vector<wait_outcome<Value>>& result, bool) noexcept {
  return std::ranges::any_of(result, [](const wait_outcome<Value>& each) {
    return each.status() == wait_status::stopped;
  });
}

template <class Key, class Value, class Hash, class Equal, class Policy>
bool ended_by_stop(const claim_or_outcome<Key, Value, Hash, Equal, Policy>& result, bool) noexcept {
  return result.outcome.status() == wait_status::stopped;
}

// The exception that was not thrown, if there is one.
template <class Result>
std::exception_ptr error_in(const Result&) noexcept {
  return nullptr;
}
template <class Key, class Value, class Hash, class Equal, class Policy>
std::exception_ptr error_in(
    const claim_or_outcome<Key, Value, Hash, Equal, Policy>& result) noexcept {
  return result.outcome.error();
}

// A handler's argument, of what was awaited or of the exception that was thrown.
template <class Result>
struct handed_on {
  static Result from(Result&& awaited) { return std::move(awaited); }
  static Result from(std::exception_ptr) { return {}; }
};
template <class Value>
struct handed_on<std::optional<Value>> {
  static std::optional<Value> from(std::optional<Value>&& awaited) { return std::move(awaited); }
  static std::optional<Value> from(wait_outcome<Value>&& awaited) {
    return awaited ? std::optional<Value>(*std::move(awaited)) : std::nullopt;
  }
  static std::optional<Value> from(std::exception_ptr) noexcept { return std::nullopt; }
};
template <class Value>
struct handed_on<wait_outcome<Value>> {
  static wait_outcome<Value> from(wait_outcome<Value>&& awaited) { return std::move(awaited); }
  static wait_outcome<Value> from(std::exception_ptr error) noexcept {
    return wait_outcome<Value>(std::move(error));
  }
};
template <class Value>
struct handed_on<first_outcome<Value>> {
  using type = first_outcome<Value>;
  static type from(type&& awaited) { return std::move(awaited); }
  static type from(std::exception_ptr error) noexcept {
    return {type::no_key, wait_outcome<Value>(std::move(error))};
  }
};

template <class Key, class Value, class Hash, class Equal, class Policy>
struct handed_on<claim_or_outcome<Key, Value, Hash, Equal, Policy>> {
  using type = claim_or_outcome<Key, Value, Hash, Equal, Policy>;
  static type from(type&& awaited) { return std::move(awaited); }
  static type from(std::exception_ptr error) noexcept {
    return {{}, wait_outcome<Value>(std::move(error))};
  }
};

}  // namespace WAIT_MAP_WITH_ASIO
}  // namespace waitmap::detail
