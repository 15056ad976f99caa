// stoppable_token: std::stop_token and every type with the interface of C++26's stoppable tokens.
#pragma once

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

/// The callback type of a stop token: constructed from the token and a function which runs, once,
/// when stop is requested; its destructor waits while the function runs on another thread.
template <class Token, class Function>
using stop_callback_for = typename detail::stop_callback_of<Token, Function>::type;

/// std::stop_token, or any type with the interface that C++26 calls a stoppable token.
template <class Token>
concept stoppable_token = std::copy_constructible<Token> && requires(const Token& token) {
  { token.stop_requested() } -> std::convertible_to<bool>;
  { token.stop_possible() } -> std::convertible_to<bool>;
  typename stop_callback_for<Token, detail::any_stop_function>;
};

}  // namespace waitmap
