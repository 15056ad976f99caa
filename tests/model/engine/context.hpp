// context: a stack of its own and the switch between two of them. Fibers are made of these.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <memory>

#include <ucontext.h>

namespace model {

// Runs one function, which never returns: it switches away when it is done and starts over when it is
// switched to again. A context that is abandoned midway can be made anew.
class context {
 public:
  using entry = void (*)();

  context() = default;  // that of the caller: it has a stack already
  explicit context(entry function);
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  // Called on `*this`. Returns when something switches back.
  void switch_to(context& next);

 private:
  // What __cxa_get_globals() points to: the caught exceptions and the number of uncaught ones. They belong
  // to the stack that throws and catches, so each context keeps its own.
  static constexpr std::size_t exception_state_size = 16;
  static constexpr std::size_t stack_size = std::size_t{256} * 1024;

  static void arrive();
  void leave_to(context& next);

  ucontext_t start_{};
  [[maybe_unused]] std::jmp_buf here_{};
  [[maybe_unused]] bool started_ = true;
  std::unique_ptr<std::byte[]> stack_;
  std::byte exceptions_[exception_state_size]{};
  // For AddressSanitizer, which must be told about every switch.
  void* fake_stack_ = nullptr;
  const void* stack_bottom_ = nullptr;
  std::size_t stack_bytes_ = 0;
};

}  // namespace model
