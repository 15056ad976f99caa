// What the README's code blocks take for granted: a coroutine type, an executor, the user's functions.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/lazy.hpp"

using support::lazy;

// Of other libraries, as far as a block names them.
namespace cppcoro {
class cancellation_token {
 public:
  bool can_be_cancelled() const noexcept;
  bool is_cancellation_requested() const noexcept;
};
class cancellation_registration {
 public:
  template <class Function>
  cancellation_registration(cancellation_token, Function&&) {}
};
}  // namespace cppcoro
namespace async_simple {
enum SignalType { Terminate = 1 };
class Slot {
 public:
  template <class Handler>
  [[nodiscard]] bool emplace(SignalType, Handler&&) {
    return true;
  }
};
}  // namespace async_simple

struct thread_pool {
  void post(std::coroutine_handle<>);
};

int compute();
void send_request(std::uint64_t id);
void log_late_reply(std::uint64_t id);
