#include <thread>

#include <pthread.h>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace posix_exit_test {

using map_type = waitmap::wait_map<int, int>;

support::owned pass_on(map_type& map, int& reached) {
  auto value = co_await map.wait(1);
  reached = value.value_or(-1);
  map.insert(2, reached + 1);
}

void insert_at_last(void* map) { static_cast<map_type*>(map)->insert(1, 10); }

TEST_CASE("a thread whose thread_locals are all gone resumes as ever, from a POSIX destructor",
          "[5.3]") {
  map_type map;
  int reached = 0;
  const auto waiter = pass_on(map, reached);
  pthread_key_t key;
  REQUIRE(pthread_key_create(&key, insert_at_last) == 0);

  std::thread([&] { pthread_setspecific(key, &map); }).join();
  pthread_key_delete(key);

  CHECK(reached == 10);
  CHECK(map.get(2) == 11);
}

}  // namespace posix_exit_test
