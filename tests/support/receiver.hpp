// receiver: of std::execution's kind, it notes how the operation that it is connected to completes.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <wait_map/stop_token.hpp>

#include "support/own_stop_source.hpp"

namespace support {

template <class Result>
struct completion {
  int times = 0;
  std::optional<Result> value;
  std::exception_ptr error;
  bool stopped = false;

  bool pending() const noexcept { return times == 0; }
  bool was_stopped() const noexcept { return times == 1 && stopped; }
};

template <class Result>
class receiver {
 public:
  struct environment {
    own_stop_source::token token;
    own_stop_source::token query(waitmap::get_stop_token_t) const noexcept { return token; }
  };

  explicit receiver(completion<Result>& to, own_stop_source::token token = {}) noexcept
      : to_(&to), token_(token) {}

  environment get_env() const noexcept { return {token_}; }
  void set_value(Result&& result) && noexcept {
    ++to_->times;
    to_->value.emplace(std::move(result));
  }
  void set_error(std::exception_ptr error) && noexcept {
    ++to_->times;
    to_->error = std::move(error);
  }
  void set_stopped() && noexcept {
    ++to_->times;
    to_->stopped = true;
  }

 private:
  completion<Result>* to_;
  own_stop_source::token token_;
};

}  // namespace support
