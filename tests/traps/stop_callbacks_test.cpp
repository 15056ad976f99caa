// The constructor of a stop_callback may run it, its destructor waits for it: neither may happen while a
// lock is held, or where the callback looks at something that is not there yet or not there any more.
#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/race.hpp"
#include "support/spawn.hpp"

namespace stop_callbacks_test {

using map_type = waitmap::wait_map<int, int>;

struct ended {
  std::atomic<int> with_value{0};
  std::atomic<int> with_nothing{0};
};

support::detached wait_for(map_type& map, int key, std::stop_token token, ended& how) {
  auto value = co_await map.wait(key, token);
  (value ? how.with_value : how.with_nothing).fetch_add(1);
}

TEST_CASE("a stop that came before the wait ends it without a suspension", "[3.8]") {
  map_type map;
  ended how;
  std::stop_source source;
  source.request_stop();
  wait_for(map, 1, source.get_token(), how);
  CHECK(how.with_nothing.load() == 1);
  CHECK(map.waiting() == 0);
}

TEST_CASE("a stop whose callback resumes the coroutine lets it destroy that callback", "[3.8]") {
  map_type map;
  ended how;
  auto source = std::make_unique<std::stop_source>();
  wait_for(map, 1, source->get_token(), how);
  source->request_stop();
  source.reset();
  CHECK(how.with_nothing.load() == 1);
}

TEST_CASE("a coroutine resumed by a stop may use the map and stop others", "[3.8]") {
  struct stopping {
    static support::detached wait(map_type& map, std::stop_token token, std::stop_source other) {
      auto value = co_await map.wait(1, token);
      map.insert(5, value ? 1 : 2);
      other.request_stop();
    }
  };
  map_type map;
  ended how;
  std::stop_source source, other;
  wait_for(map, 1, other.get_token(), how);
  stopping::wait(map, source.get_token(), other);
  source.request_stop();
  CHECK(how.with_nothing.load() == 1);
  CHECK(map.get(5) == 2);
}

TEST_CASE("a stop that races with the insert and with the registration ends each wait once",
          "[3.8]") {
  for (int round = 0; round < 2'000; ++round) {
    map_type map;
    ended how;
    std::stop_source source;
    support::race([&] { wait_for(map, 1, source.get_token(), how); }, [&] { map.insert(1, 1); },
                  [&] { source.request_stop(); });
    if (how.with_value.load() + how.with_nothing.load() != 1 || map.waiting() != 0) {
      FAIL("round " << round << ": " << how.with_value.load() << " values, "
                    << how.with_nothing.load() << " stops");
    }
  }
}

}  // namespace stop_callbacks_test
