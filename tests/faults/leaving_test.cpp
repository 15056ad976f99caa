// Rules 3.7 and 6.2: a waiter that leaves by itself is found without its key. It was once found by it, and an
// equality that threw then ended the program.
#include <wait_map/wait_map.hpp>

#include <exception>
#include <memory>
#include <stop_token>
#include <vector>

#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/fragile.hpp"
#include "support/noted.hpp"

namespace leaving_test {

using support::step;

using fragile = support::fragile<support::fragile_moves::never_throws>;
using map = waitmap::wait_map<fragile, fragile, support::fragile_hash, support::fragile_equal>;

// Runs `leave`, in which no hash, comparison or copy of a key takes place: the first would fail.
template <class Leave>
void reads_no_key(Leave leave) {
  for (const step kind : {step::hash, step::comparison, step::copy}) {
    const support::failing one(kind, 0);
    leave();
    CHECK_FALSE(one.has_failed());
  }
}

struct scene {
  map watched{waitmap::options{.capacity = 100, .shards = 1}};
  support::noted<fragile> notes[3];
  std::stop_source sources[3];
  std::vector<support::owned> waiters;

  scene() {
    for (int i = 0; i < 3; ++i) {
      waiters.push_back(support::observe(watched, fragile(1), notes[i], sources[i].get_token()));
    }
  }
};

TEST_CASE("no key is read where a frame is destroyed", "[3.7]") {
  scene at;
  std::size_t next = 0;
  reads_no_key([&] { at.waiters[next++].destroy(); });
  CHECK(at.watched.waiting() == 0);
}

TEST_CASE("no key is read where a stop is requested", "[3.7]") {
  scene at;
  std::size_t next = 0;
  reads_no_key([&] { at.sources[next++].request_stop(); });
  CHECK(at.watched.waiting() == 0);
  for (const auto& each : at.notes) CHECK(each.got_nothing());
}

TEST_CASE("no key is read where a subscription is dropped", "[3.7]") {
  scene at;
  using subscription = decltype(at.watched.subscribe(fragile(2)));
  const auto make = [&](int key) {
    return std::unique_ptr<subscription>(new subscription(at.watched.subscribe(fragile(key))));
  };
  std::vector<std::unique_ptr<subscription>> subscribed;
  for (int i = 0; i < 3; ++i) subscribed.push_back(make(1 + i));
  reads_no_key([&] { subscribed.pop_back(); });
  CHECK(at.watched.waiting() == 3);
}

TEST_CASE("no key is read where a group is destroyed or stopped", "[3.7]") {
  struct waiting {
    static support::owned any(map& watched, const std::vector<fragile>& keys,
                              std::stop_token token) {
      auto got = co_await watched.wait_any(keys, token);
      CHECK_FALSE(got);
    }
    static support::owned all(map& watched, const std::vector<fragile>& keys,
                              std::stop_token token) {
      auto got = co_await watched.wait_all(keys, token);
      CHECK(got.size() == 2);
    }
  };
  map watched;
  std::vector<fragile> keys;
  keys.emplace_back(1);
  keys.emplace_back(2);
  std::vector<support::owned> tasks;
  std::stop_source sources[6];
  for (int i = 0; i < 3; ++i) {
    tasks.push_back(waiting::any(watched, keys, sources[i].get_token()));
    tasks.push_back(waiting::all(watched, keys, sources[i + 3].get_token()));
  }
  std::size_t next = 0;
  SECTION("destroyed") {
    reads_no_key([&] {
      tasks[next++].destroy();
      tasks[next++].destroy();
    });
  }
  SECTION("stopped") {
    reads_no_key([&] {
      sources[next++].request_stop();
      sources[next++].request_stop();
    });
  }
  CHECK(watched.waiting() == 0);
}

TEST_CASE("no key is read where a claim is dropped or fails", "[3.7][4.1]") {
  scene at;
  std::vector<map::claim_type> claims;
  SECTION("dropped") {
    for (int i = 0; i < 3; ++i) claims.push_back(at.watched.try_claim(fragile(1 + i)));
    reads_no_key([&] { claims.pop_back(); });
  }
  SECTION("failed") {
    for (int i = 0; i < 3; ++i) claims.push_back(at.watched.try_claim(fragile(1 + i)));
    const auto error = std::make_exception_ptr(1);
    reads_no_key([&] {
      claims.back().set_exception(error);
      claims.pop_back();
    });
  }
  CHECK(at.watched.waiting() == 0);
}

}  // namespace leaving_test
