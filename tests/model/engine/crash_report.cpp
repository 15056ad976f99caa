#include "crash_report.hpp"

#include <csignal>
#include <cstdio>

#include <unistd.h>

#include "arena.hpp"
#include "sanitizer.hpp"

#if defined(MODEL_ADDRESS_SANITIZER)
#include <sanitizer/common_interface_defs.h>
#endif

namespace model {
namespace {

void (*print_report)() = nullptr;

void report() {
  arena::set_active(false);
  if (print_report != nullptr) print_report();
  std::fflush(stdout);
}

[[maybe_unused]] void on_signal(int signal_number) {
  std::printf("crash: signal %d\n", signal_number);
  report();
  _exit(3);
}

}  // namespace

void report_crashes_by(void (*print)()) {
  print_report = print;
#if defined(MODEL_ADDRESS_SANITIZER)
  __sanitizer_set_death_callback(report);
#else
  // A stack of its own: the fiber's may be what overflowed.
  static char stack[65536];
  stack_t alternative{};
  alternative.ss_sp = stack;
  alternative.ss_size = sizeof stack;
  sigaltstack(&alternative, nullptr);
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  for (const int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT})
    sigaction(number, &action, nullptr);
#endif
}

}  // namespace model
