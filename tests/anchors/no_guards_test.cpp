// Reads returned lock guards, which lived across an await and deadlocked with the next writer.
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/race.hpp"
#include "support/spawn.hpp"

namespace no_guards_test {

using map_type = waitmap::wait_map<std::string, std::string>;

support::owned keep_what_it_read(map_type& map, std::string& seen) {
  auto first = co_await map.wait("key");
  const auto read = map.get("key");
  auto go = co_await map.wait("go");  // holds both results across this
  seen = first.value_or("") + read.value_or("") + go.value_or("");
}

TEST_CASE("what was read may be kept across an await while others write the same key", "[2]") {
  map_type map(waitmap::options{.capacity = 0, .shards = 1});
  map.insert("key", "old ");
  std::string seen;
  const auto task = keep_what_it_read(map, seen);
  const auto write = [&] {
    for (int i = 0; i < 1000; ++i) map.insert_or_assign("key", "new " + std::to_string(i));
  };
  support::race(write, write);
  map.erase("key");
  map.insert("go", "go");
  CHECK(seen == "old old go");
}

}  // namespace no_guards_test
