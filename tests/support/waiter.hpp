// waiter: a coroutine that awaits one operation and keeps how that ended.
#pragma once

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "support/spawn.hpp"

namespace support {

// Begins to wait when it is made, for what make() returns, and gives up when it is destroyed.
template <class Make>
class waiter {
  using operation = std::invoke_result_t<Make&>;

 public:
  using result_type = decltype(std::declval<operation&>().await_resume());

  explicit waiter(Make make) : coroutine_(await(*this, std::move(make))) {}
  waiter(const waiter&) = delete;
  waiter& operator=(const waiter&) = delete;

  bool pending() const noexcept { return ends_ == 0; }
  bool resumed_once() const noexcept { return ends_ == 1; }
  bool has_result() const noexcept { return ends_ == 1 && result_.has_value(); }

  // Only where has_result().
  result_type& result() noexcept { return *result_; }

  // The exception that left the co_await, where it is of this type.
  template <class Error>
  std::optional<Error> error() const {
    if (ends_ != 1 || !error_) return std::nullopt;
    try {
      std::rethrow_exception(error_);
    } catch (const Error& thrown) {
      return thrown;
    } catch (...) {
      return std::nullopt;
    }
  }
  template <class Error>
  bool failed_with() const {
    return error<Error>().has_value();
  }

  void destroy_coroutine() noexcept { coroutine_.destroy(); }

 private:
  static owned await(waiter& self, Make make) {
    try {
      auto operation = make();
      auto result = co_await operation;
      self.result_.emplace(std::move(result));
    } catch (...) {
      self.error_ = std::current_exception();
    }
    ++self.ends_;
  }

  int ends_ = 0;
  std::optional<result_type> result_;
  std::exception_ptr error_;
  owned coroutine_;  // last, since it writes the others
};

}  // namespace support
