// Dropped waits left their key in the map for ever, and a wait with a timeout in a loop grew one
// slot for ever.
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/own_stop_source.hpp"

namespace left_behind_test {

TEST_CASE("dropped waits on a hundred thousand keys leave no key behind", "[3.6]") {
  waitmap::wait_map<std::string, int> map(waitmap::options{.capacity = 0, .shards = 1});
  support::noted<int> note;
  for (int i = 0; i < 100'000; ++i)
    support::observe(map, "key " + std::to_string(i), note).destroy();
  CHECK(map.waiting() == 0);
  CHECK(map.capacity() < 10);
  CHECK(note.pending());
}

TEST_CASE("waits on one key that time out in a loop leave only the one that stays", "[3.6][3.8]") {
  waitmap::wait_map<std::string, int> map;
  support::noted<int> stays, timed_out;
  const auto one = support::observe(map, "key", stays);
  for (int i = 0; i < 100'000; ++i) {
    support::own_stop_source timeout;
    const auto waiter = support::observe(map, "key", timed_out, timeout.get_token());
    timeout.request_stop();
  }
  CHECK(timed_out.ends == 100'000);
  CHECK(map.waiting("key") == 1);
  CHECK(map.insert("key", 10).resumed == 1);
  CHECK(stays.got(10));
}

}  // namespace left_behind_test
