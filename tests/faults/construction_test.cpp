// Rules 1.6 and 6.2: each shard has a copy of the hash. One that cannot be copied lets no map be made; a map that is
// made can be destroyed.
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/fragile.hpp"
#include "support/noted.hpp"

namespace construction_test {

using support::step;

using fragile = support::fragile<support::fragile_moves::never_throws>;

struct copied_hash : support::fragile_hash {
  copied_hash() = default;
  copied_hash(const copied_hash&) { support::may_fail(step::copy); }
  copied_hash& operator=(const copied_hash&) = delete;
};
using map = waitmap::wait_map<fragile, fragile, copied_hash, support::fragile_equal>;

TEST_CASE("a map whose hash cannot be copied is not made, and leaks nothing", "[6.2]") {
  const std::size_t before = support::allocated::blocks();
  int failures = 0;
  for (std::size_t n = 0;; ++n) {
    std::optional<map> made;
    const support::failing one(step::copy, n);
    try {
      made.emplace(waitmap::options{.shards = 4});
    } catch (const support::step_failed&) {
      ++failures;
    }
    if (!one.has_failed()) break;
  }
  CHECK(failures > 4);
  CHECK(support::allocated::blocks() == before);
}

// Its destructor copied the hash, and ended the program where that threw (6.2).
TEST_CASE("a map whose hash cannot be copied any more is destroyed all the same", "[4][6.2]") {
  const std::size_t before = support::allocated::blocks();
  bool failed = false;
  support::noted<fragile> note;
  {
    std::optional<map> made(std::in_place, waitmap::options{.shards = 4});
    for (int number = 0; number < 10; ++number) made->try_emplace(fragile(number), number);
    const support::owned waiter = observe(*made, fragile(10), note);
    const support::failing one(step::copy, 0);
    made.reset();
    failed = one.has_failed();
  }
  CHECK(note.got_nothing());
  CHECK(fragile::alive == 0);
  CHECK(support::allocated::blocks() == before);
  CHECK(failed);
}

}  // namespace construction_test
