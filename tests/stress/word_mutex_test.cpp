// Rule 1.5: the lock excludes, and no thread that sleeps on it is overlooked. A wake-up that is lost shows as
// a test that does not end.
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <wait_map/mutex.hpp>

#include "support/catch.hpp"
#include "support/last_words.hpp"
#include "support/stack.hpp"

#if defined(__linux__)
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <cerrno>
#include <cstddef>
#endif

namespace {

struct guarded {
  waitmap::word_mutex mutex;
  long count = 0;  // not atomic: the lock protects it
  std::atomic<int> inside{0};
  std::atomic<int> broken{0};

  void enter(bool yields) {
    mutex.lock();
    if (inside.fetch_add(1, std::memory_order_relaxed) != 0) broken.fetch_add(1);
    ++count;
    if (yields) std::this_thread::yield();  // the others spin in vain, and sleep
    inside.fetch_sub(1, std::memory_order_relaxed);
    mutex.unlock();
  }
};

// Returns how many were inside in all, or -1 if two were at once.
long crowd(int threads, int rounds, int yield_every) {
  guarded here;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) {
    all.emplace_back([&, i] {
      for (int round = 0; round < rounds; ++round) {
        here.enter(yield_every != 0 && (round + i) % yield_every == 0);
      }
    });
  }
  for (std::thread& each : all) each.join();
  return here.broken.load() == 0 ? here.count : -1;
}

constexpr int many = 200'000 / support::slowness;
constexpr int some = 20'000 / support::slowness;

}  // namespace

TEST_CASE("more threads than processors exclude each other", "[1.5]") {
  CHECK(crowd(2, many, 0) == 2L * many);
  CHECK(crowd(8, many, 0) == 8L * many);
}

TEST_CASE("threads that sleep because the holder gives up its processor are woken", "[1.5]") {
  CHECK(crowd(8, some, 1) == 8L * some);
  CHECK(crowd(32, some / 8, 3) == 32L * (some / 8));
}

TEST_CASE("two threads that hand the lock to and fro lose no wake-up", "[1.5]") {
  waitmap::word_mutex mutex;
  int turn = 0;
  const auto play = [&](int mine) {
    for (int played = 0; played < some;) {
      mutex.lock();
      if (turn == mine) {
        turn = 1 - mine;
        ++played;
      }
      std::this_thread::yield();
      mutex.unlock();
    }
  };
  std::thread other([&] { play(1); });
  play(0);
  other.join();
  CHECK(turn == 0);
}

// Failed once, under ThreadSanitizer: unlock() looked for sleepers in the mutex it had released.
TEST_CASE("who has locked a mutex last may destroy it", "[1.5][3.3]") {
  for (int round = 0; round < some / 10; ++round) {
    auto mutex = std::make_unique<waitmap::word_mutex>();
    bool entered = false;
    std::thread first([&, there = mutex.get()] {
      there->lock();
      entered = true;
      there->unlock();
    });
    for (bool seen = false; !seen;) {
      mutex->lock();
      seen = entered;
      mutex->unlock();
    }
    mutex.reset();
    first.join();
  }
}

#if defined(__linux__) && defined(__x86_64__)
namespace {

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
         syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0) == -1;
}

}  // namespace

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
#endif
