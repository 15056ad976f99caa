// await_into: a coroutine that awaits an operation and keeps what it returned.
#pragma once

#include <optional>
#include <utility>

#include "support/spawn.hpp"

namespace support {

// `result` is engaged once the wait has ended.
template <class Operation, class Result>
detached await_into(Operation& operation, std::optional<Result>& result) {
  auto outcome = co_await operation;
  result.emplace(std::move(outcome));
}

}  // namespace support
