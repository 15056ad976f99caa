// What the README's code blocks take for granted: a coroutine type, an executor, the user's functions.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/lazy.hpp"

using support::lazy;

struct thread_pool {
  void post(std::coroutine_handle<>);
};

int compute();
void send_request(std::uint64_t id);
void log_late_reply(std::uint64_t id);
