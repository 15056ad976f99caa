// A process forks while another of its threads reads under a lock that readers share. The child once waited, at its
// first write, for a reader that is not there.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/barrier.hpp"
#include "support/catch.hpp"

namespace forked_reader_test {

struct soon_shared : waitmap::default_policy {
  using mutex = waitmap::basic_word_mutex<1>;
};
using map_type = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                   waitmap::default_equal<int>, soon_shared>;

TEST_CASE("the child of a fork writes although another thread of its parent read", "[6.1]") {
  if (!support::barrier_is_granted()) return;
  map_type map(waitmap::options{.shards = 1});
  map.insert(1, 10);
  for (int i = 0; i < 8; ++i) (void)map.get(1);
  std::atomic<bool> reads = false, may_end = false;
  std::thread reader([&] {
    map.visit(1, [&](int) {
      reads = true;
      while (!may_end) std::this_thread::yield();
    });
  });
  while (!reads) std::this_thread::yield();
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);  // instead of waiting for ever
    const bool wrote = static_cast<bool>(map.insert_or_assign(1, 20)) && map.get(1) == 20;
    _exit(wrote ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  may_end = true;
  reader.join();
  CHECK(map.insert_or_assign(1, 30));
}

TEST_CASE("to read, and to release a lock, leaves errno as it was", "[6.1]") {
  map_type map(waitmap::options{.shards = 1});
  std::atomic<bool> ended = false;
  std::thread writer([&] {
    for (int i = 0; !ended; ++i) map.insert_or_assign(1, i);
  });
  errno = 4711;
  for (int i = 0; i < 20'000; ++i) {
    (void)map.get(1);
    map.insert_or_assign(2, i);
  }
  CHECK(errno == 4711);
  ended = true;
  writer.join();
}

}  // namespace forked_reader_test
