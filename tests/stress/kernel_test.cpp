// What the mutex asks of Linux, and does without where that is refused.
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>

#include <wait_map/mutex.hpp>

#include "stress/crowd.hpp"
#include "support/catch.hpp"
#include "support/last_words.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kernel_test {

using stress::crowd;
using stress::read_once;
using stress::some;
using stress::soon_shared;

// Failed once, where time_t is wider than the kernel's: the sleeper polled.
TEST_CASE("a sleeper sleeps as long as it is told", "[1.5]") {
  std::atomic<std::uint32_t> word{1};
  const auto begin = std::chrono::steady_clock::now();
  // A signal may end one early; never so many.
  for (int i = 0; i < 10; ++i) waitmap::detail::sleep_while(word, 1, 20'000'000);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(100));
}

#if defined(__x86_64__)

// From here on, the kernel refuses this process membarrier.
bool refuse_membarrier() {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {static_cast<unsigned short>(std::size(program)), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0 &&
         syscall(SYS_membarrier, waitmap::detail::membarrier_private_expedited, 0, 0) == -1;
}

TEST_CASE("where the kernel refuses membarrier, sleepers are woken all the same", "[1.5]") {
  const std::string words = support::last_words([] {
    if (!refuse_membarrier()) {
      std::fprintf(stderr, "membarrier cannot be refused");
      std::abort();
    }
    if (crowd(8, some, 1) != 8L * some) std::fprintf(stderr, "wrong count");
  });
  CHECK(words == "not aborted, wait status 0: ");
}

TEST_CASE("where the kernel refuses membarrier after readers have shared, an owner waits instead",
          "[1.5]") {
  soon_shared mutex;
  read_once(mutex);
  const std::string words = support::last_words([&] {
    if (!refuse_membarrier()) std::abort();
    mutex.lock();
    mutex.unlock();
  });
  CHECK(words == "not aborted, wait status 0: ");
}

#endif

}  // namespace kernel_test
