// environment: what the promise of a coroutine says of its surroundings: the stop token that its parent hands
// down, and how the coroutine ends when that is stopped.
//
// The query for the token belongs to the library that a promise comes from. Its name is declared here, so that
// none of their headers is needed: where a promise of that library is awaited in, the query is complete.
#pragma once

#include <concepts>
#include <coroutine>
#include <version>

#if defined(__cpp_lib_senders)
#include <execution>
#endif

#include <wait_map/stop_token.hpp>

#if __has_include(<stdexec/execution.hpp>)
#if !defined(STDEXEC_NAMESPACE)
#define WAIT_MAP_STDEXEC stdexec
#else
#define WAIT_MAP_STDEXEC STDEXEC_NAMESPACE
#endif
#if __has_include(<stdexec/__detail/__deprecations.hpp>)
namespace WAIT_MAP_STDEXEC {
struct get_stop_token_t;
}
#define WAIT_MAP_STDEXEC_QUERY ::WAIT_MAP_STDEXEC::get_stop_token_t
#else  // before February 2026
namespace WAIT_MAP_STDEXEC::__queries {
struct get_stop_token_t;
}
#define WAIT_MAP_STDEXEC_QUERY ::WAIT_MAP_STDEXEC::__queries::get_stop_token_t
#endif
#endif

#if __has_include(<beman/execution/execution.hpp>)
namespace beman::execution {
struct get_stop_token_t;
}
#endif

#if __has_include(<unifex/get_stop_token.hpp>)
namespace unifex::_get_stop_token {
struct _fn;
}
#endif

namespace waitmap::detail {

// The stop token of a wait that has none.
struct no_stop_token {};

template <class... Queries>
struct query_list {};
using stop_token_queries = query_list<get_stop_token_t
#if defined(__cpp_lib_senders)
                                      ,
                                      std::get_stop_token_t
#endif
#if defined(WAIT_MAP_STDEXEC_QUERY)
                                      ,
                                      WAIT_MAP_STDEXEC_QUERY
#endif
#if __has_include(<beman/execution/execution.hpp>)
                                      ,
                                      beman::execution::get_stop_token_t
#endif
                                      >;

template <class Environment, class Query>
concept answers = requires(const Environment& environment) { environment.query(Query{}); };

template <class Environment>
no_stop_token ask(const Environment&, query_list<>) noexcept {
  return {};
}
template <class Environment, class First, class... Others>
auto ask(const Environment& environment, query_list<First, Others...>) noexcept {
  if constexpr (answers<Environment, First>) {
    return environment.query(First{});
  } else {
    return detail::ask(environment, query_list<Others...>());
  }
}

template <class Environment>
auto stop_token_in(const Environment& environment) noexcept {
  return detail::ask(environment, stop_token_queries());
}

// --- promises

template <class Promise>
concept has_environment = requires(const Promise& promise) { promise.get_env(); };

// libunifex: queries are put to the promise, or receiver, itself.
struct no_query {};
#if __has_include(<unifex/get_stop_token.hpp>)
using unifex_query = unifex::_get_stop_token::_fn;
#else
using unifex_query = no_query;
#endif
template <class Promise, class Query = unifex_query>
concept answers_itself = !std::same_as<Query, no_query> &&
                         requires(const Promise& promise) { tag_invoke(Query{}, promise); };

template <class Promise, class Query = unifex_query>
auto stop_token_of(const Promise& promise) noexcept {
  if constexpr (has_environment<Promise>) {
    return detail::stop_token_in(promise.get_env());
  } else if constexpr (answers_itself<Promise>) {
    return tag_invoke(Query{}, promise);
  } else {
    return no_stop_token();
  }
}

// Ends the work of a coroutine that is suspended. Returns who goes on instead.
template <class Promise>
  requires requires(Promise& promise) { promise.unhandled_stopped(); }
std::coroutine_handle<> end_as_stopped(Promise& promise) noexcept {
  return promise.unhandled_stopped();
}
template <class Promise>
  requires requires(Promise& promise) { promise.unhandled_done(); }
std::coroutine_handle<> end_as_stopped(Promise& promise) noexcept {
  return promise.unhandled_done();
}

// A promise whose parent may stop what it awaits.
template <class Promise>
concept stoppable_promise = requires(Promise& promise) {
  detail::end_as_stopped(promise);
  { detail::stop_token_of(promise) } -> stoppable_token;
};

// A task that comes home to its scheduler only from what it awaits as a sender: so it must not be given an
// awaiter of ours in its place (beman::execution::task).
template <class Promise>
concept comes_home_from_senders_only = requires(Promise& promise) {
  typename Promise::scheduler_type;
  &Promise::change_scheduler;
};

}  // namespace waitmap::detail

#undef WAIT_MAP_STDEXEC_QUERY
#undef WAIT_MAP_STDEXEC
