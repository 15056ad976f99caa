// A process that forks has two maps from then on: what is waited for in one ends in that one.
#include <sys/wait.h>
#include <unistd.h>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"

namespace forked_test {

TEST_CASE("a map goes on in a forked child as in its parent", "[6.1]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> note;
  support::owned waiter = support::observe(map, 1, note);
  map.insert(2, 20);

  const pid_t child = fork();
  if (child == 0) {
    const bool right = map.insert(1, 10).resumed == 1 && note.got(10) && map.extract(2) == 20 &&
                       map.waiting() == 0 && map.size() == 1;
    waiter.destroy();  // _exit() does not, and memcheck would call its frame lost
    _exit(right ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);

  CHECK(status == 0);
  CHECK(note.pending());
  CHECK(map.get(2) == 20);
  CHECK(map.cancel(1) == 1);
  CHECK(note.got_nothing());
}

}  // namespace forked_test
