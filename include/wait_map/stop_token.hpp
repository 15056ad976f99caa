/// @file
/// stoppable_token: std::stop_token and every type with the interface of C++26's stoppable tokens.
#pragma once

#include <wait_map/version.hpp>

#include <concepts>
#include <version>

#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

namespace waitmap {

namespace detail {

struct any_stop_function {
  void operator()() const noexcept {}
};

template <class Token, class Function>
struct stop_callback_of {};

template <class Token, class Function>
  requires requires { typename Token::template callback_type<Function>; }
struct stop_callback_of<Token, Function> {
  using type = typename Token::template callback_type<Function>;
};

#if defined(__cpp_lib_jthread)
template <class Function>
struct stop_callback_of<std::stop_token, Function> {
  using type = std::stop_callback<Function>;
};
#endif

}  // namespace detail

/// The callback type of a stop token. It is constructed from the token and a function. The function runs, once,
/// when stop is requested. The destructor waits while the function runs on another thread.
template <class Token, class Function>
using stop_callback_for = typename detail::stop_callback_of<Token, Function>::type;

/// std::stop_token, or any type with the interface that C++26 calls a stoppable token.
template <class Token>
concept stoppable_token = std::copy_constructible<Token> && requires(const Token& token) {
  { token.stop_requested() } -> std::convertible_to<bool>;
  { token.stop_possible() } -> std::convertible_to<bool>;
  typename stop_callback_for<Token, detail::any_stop_function>;
};

/// The query by which a wait finds the stop token of the parent of a coroutine, for coroutine types of your own:
/// - The promise has get_env(). What that returns has query(get_stop_token_t), which returns a stoppable token.
/// - The promise's await_transform(awaitable) returns awaitable.as_awaitable(promise), where that compiles.
/// - The promise's unhandled_stopped() returns the coroutine that goes on in the place of one that was stopped.
///
/// The promises of std::execution, stdexec, beman and libunifex answer the queries of their own libraries.
struct get_stop_token_t {};
/// The query itself, to be passed.
inline constexpr get_stop_token_t get_stop_token{};

}  // namespace waitmap
