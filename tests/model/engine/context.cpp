#include "context.hpp"

#include <cstring>

#include <cxxabi.h>

#include "sanitizer.hpp"

#if defined(MODEL_ADDRESS_SANITIZER)
#include <sanitizer/common_interface_defs.h>
#endif

namespace model {
namespace {

context* departed_from = nullptr;  // during a switch
context* arrived_at = nullptr;
context::entry entry_of_new_context = nullptr;

}  // namespace

context::context(entry function) : started_(false), stack_(new std::byte[stack_size]) {
  entry_of_new_context = function;
  permit(stack_.get(), stack_size);
  getcontext(&start_);
  start_.uc_stack.ss_sp = stack_.get();
  start_.uc_stack.ss_size = stack_size;
  start_.uc_link = nullptr;
  stack_bottom_ = stack_.get();
  stack_bytes_ = stack_size;
  makecontext(
      &start_,
      [] {
        arrive();
        entry_of_new_context();
      },
      0);
}

// The first thing after a switch, on the new stack.
void context::arrive() {
#if defined(MODEL_ADDRESS_SANITIZER)
  __sanitizer_finish_switch_fiber(arrived_at->fake_stack_, &departed_from->stack_bottom_,
                                  &departed_from->stack_bytes_);
#endif
}

void context::switch_to(context& next) {
  void* exceptions = abi::__cxa_get_globals();
  std::memcpy(exceptions_, exceptions, sizeof exceptions_);
  std::memcpy(exceptions, next.exceptions_, sizeof exceptions_);
  departed_from = this;
  arrived_at = &next;
#if defined(MODEL_ADDRESS_SANITIZER)
  __sanitizer_start_switch_fiber(&fake_stack_, next.stack_bottom_, next.stack_bytes_);
#endif
  leave_to(next);
  arrive();
}

#if defined(MODEL_ADDRESS_SANITIZER)
// Its longjmp would unpoison the whole stack.
void context::leave_to(context& next) { swapcontext(&start_, &next.start_); }
#else
// Ten times faster than swapcontext, which calls the kernel twice to keep the signal mask.
void context::leave_to(context& next) {
  if (_setjmp(here_) != 0) return;
  if (next.started_) _longjmp(next.here_, 1);
  next.started_ = true;
  setcontext(&next.start_);
}
#endif

}  // namespace model
