// Which library's senders: those of the standard library where it has them, else stdexec's, else beman's (or beman's first,
// where WAIT_MAP_USE_BEMAN_EXECUTION is defined). Without one, senders connect to any receiver that has their members.
#pragma once

#include <exception>
#include <utility>
#include <version>

#if defined(__cpp_lib_senders)
#include <execution>
#define WAIT_MAP_SENDER_LIBRARY std::execution
#elif __has_include(<stdexec/execution.hpp>) && !defined(WAIT_MAP_USE_BEMAN_EXECUTION)
#include <stdexec/execution.hpp>
#define WAIT_MAP_SENDER_LIBRARY stdexec
#elif __has_include(<beman/execution/execution.hpp>)
#include <beman/execution/execution.hpp>
#define WAIT_MAP_SENDER_LIBRARY beman::execution
#endif

#include <wait_map/detail/environment.hpp>

namespace waitmap::detail {

#if defined(WAIT_MAP_SENDER_LIBRARY)

namespace senders = WAIT_MAP_SENDER_LIBRARY;

#if defined(__cpp_lib_senders) || !__has_include(<stdexec/execution.hpp>) || \
    defined(WAIT_MAP_USE_BEMAN_EXECUTION)
using sender_tag = senders::sender_tag;
using state_tag = senders::operation_state_tag;
#else
using sender_tag = senders::sender_t;
using state_tag = senders::operation_state_t;
#endif

template <class Result>
using signatures_of = senders::completion_signatures<senders::set_value_t(Result),
                                                     senders::set_error_t(std::exception_ptr),
                                                     senders::set_stopped_t()>;

// How a receiver is told, and asked for its environment. Its own members may be private.
struct receiver_access {
  using operation_state_tag = state_tag;

  template <class Receiver, class Result>
  static void set_value(Receiver& receiver, Result&& result) noexcept {
    senders::set_value(std::move(receiver), std::forward<Result>(result));
  }
  template <class Receiver>
  static void set_error(Receiver& receiver, std::exception_ptr error) noexcept {
    senders::set_error(std::move(receiver), std::move(error));
  }
  template <class Receiver>
  static void set_stopped(Receiver& receiver) noexcept {
    senders::set_stopped(std::move(receiver));
  }
  template <class Receiver>
  static auto stop_token(const Receiver& receiver) noexcept {
    return detail::stop_token_in(senders::get_env(receiver));
  }
};

#else

struct sender_tag {};
struct state_tag {};
template <class Result>
struct signatures_of {};

struct receiver_access {
  using operation_state_tag = state_tag;

  template <class Receiver, class Result>
  static void set_value(Receiver& receiver, Result&& result) noexcept {
    std::move(receiver).set_value(std::forward<Result>(result));
  }
  template <class Receiver>
  static void set_error(Receiver& receiver, std::exception_ptr error) noexcept {
    std::move(receiver).set_error(std::move(error));
  }
  template <class Receiver>
  static void set_stopped(Receiver& receiver) noexcept {
    std::move(receiver).set_stopped();
  }
  template <class Receiver>
  static auto stop_token(const Receiver& receiver) noexcept {
    return detail::stop_token_in(receiver.get_env());
  }
};

#endif

}  // namespace waitmap::detail
