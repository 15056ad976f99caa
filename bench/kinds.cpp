// What each kind of wait takes beside a plain one: a wait, the insert that ends it, and the coroutine that goes on.
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/deadline.hpp>
#include <wait_map/wait_map.hpp>

#include "coroutine.hpp"
#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"

namespace bench {
namespace {

using map_type = waitmap::wait_map<u64, u64>;

constexpr const char* plain = "plain wait";
constexpr std::size_t passes = 200;

u64 sum;  // of all the values that waiters got

// Called with a map and a key, each begins one wait.
struct plain_wait {
  recycled operator()(map_type& map, const u64& key) const {
    auto value = co_await map.wait(key);
    sum += *value;
  }
};
struct stoppable_wait {
  std::stop_token token;
  recycled operator()(map_type& map, const u64& key) const {
    auto value = co_await map.wait(key, token);
    sum += *value;
  }
};
struct wait_with_deadline {
  waitmap::deadline_timer* timer;
  recycled operator()(map_type& map, const u64& key) const {
    auto value = co_await map.wait(key, timer->after(std::chrono::hours(1)));
    sum += *value;
  }
};
struct wait_via {
  recycled operator()(map_type& map, const u64& key) const {
    auto value = co_await map.wait(key).via([](std::coroutine_handle<> ready) { ready.resume(); });
    sum += *value;
  }
};
struct wait_by_function {
  recycled operator()(map_type& map, const u64& key) const {
    const auto add = [](u64 value) { return value + 1; };
    auto value = co_await map.wait_with(key, add);
    sum += *value;
  }
};
struct taking {
  recycled operator()(map_type& map, const u64& key) const {
    auto value = co_await map.take(key);
    sum += *value;
  }
};
struct subscribed {
  recycled operator()(map_type& map, const u64& key) const {
    auto registered = map.subscribe(key);
    auto value = co_await registered;
    sum += *value;
  }
};
// The first claims the key.
struct following {
  recycled operator()(map_type& map, const u64& key) const {
    auto got = co_await map.claim_or_wait(key);
    if (got.claim) {
      got.claim.set_value(key);
    } else {
      sum += *got.outcome;
    }
  }
};

template <class Begin>
contestant ended_by_insert(std::string name, const std::vector<u64>& keys, Begin begin) {
  return {std::move(name), [&keys, begin, map = std::make_shared<map_type>()] {
            double elapsed = 0;
            for (std::size_t pass = 0; pass != passes; ++pass) {
              const stopwatch watch;
              for (const u64& key : keys) begin(*map, key);
              for (const u64& key : keys) map->insert(key, key);
              elapsed += watch.elapsed();
              for (const u64& key : keys) map->erase(key);
            }
            return std::vector{elapsed / static_cast<double>(passes * keys.size())};
          }};
}

}  // namespace

void run_kinds(table& to) {
  const auto keys = make_keys<u64>(1000);
  waitmap::deadline_timer timer;
  const std::stop_source stop;
  const auto against_plain = [&](const char* name, auto begin) {
    to.race({{.name = name, .reference = plain}},
            {ended_by_insert(plain, keys, plain_wait()), ended_by_insert(ours, keys, begin)});
  };
  against_plain("wait with a stop token", stoppable_wait{stop.get_token()});
  against_plain("wait with a deadline", wait_with_deadline{&timer});
  against_plain("wait that names where it goes on", wait_via());
  against_plain("wait_with a function", wait_by_function());
  against_plain("take", taking());
  against_plain("subscribe and then await", subscribed());
  against_plain("claim_or_wait of a new key and set_value and a refused insert", following());
}

}  // namespace bench
