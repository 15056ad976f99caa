// operation: what a byte can stand for.
#pragma once

#include <cstdint>

#include "reference.hpp"

namespace fuzz {

enum class operation : std::uint8_t {
  begin_wait,  // the first wait_kinds bytes: one for each kind
  begin_many = wait_kinds,
  await_subscription,
  destroy_frame,
  destroy_frame_again,  // twice as often
  request_stop,
  insert,
  insert_again,
  try_emplace,
  insert_or_assign,
  exchange,
  update,
  erase,
  erase_if,
  erase_each_if,
  extract,
  modify,
  modify_each,
  clear,
  invalidate,
  deliver,
  cancel,
  cancel_all,
  cancel_if,
  fail,
  fail_all,
  fail_if,
  close,
  close_with_error,
  try_claim,
  set_value,
  set_exception,
  drop_claim,
  survey,
  destroy_map,
  number_of_operations
};

// Those that can still be done when the map is gone.
constexpr bool outlives_map(operation what) {
  switch (what) {
    case operation::await_subscription:
    case operation::destroy_frame:
    case operation::destroy_frame_again:
    case operation::request_stop:
    case operation::set_value:
    case operation::set_exception:
    case operation::drop_claim:
      return true;
    default:
      return false;
  }
}

}  // namespace fuzz
