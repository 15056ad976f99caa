// Many waiters whose frames lie in another order in memory than they wait in, as they do in a program that has run for
// a while: each of them is a line that is not cached, and a list knows the next one only when it has the one before.
#include <coroutine>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "coroutine.hpp"
#include "hand_rolled.hpp"
#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"
#include "timed_mutex.hpp"

namespace bench {
namespace {

constexpr std::size_t waiters = 100'000;

// Frames of waiters, each from a place of its own, in random order.
class scattered_frames {
 public:
  static void* take(std::size_t size) {
    if (size > place) std::abort();
    return memory() + order()[next_++ % waiters] * place;
  }

 private:
  static constexpr std::size_t place = 192;

  static char* memory() {
    static const auto all = std::make_unique<char[]>(waiters * place);
    return all.get();
  }
  static const std::vector<std::size_t>& order() {
    static const std::vector<std::size_t> shuffled_places = [] {
      std::vector<std::size_t> places(waiters);
      for (std::size_t n = 0; n != waiters; ++n) places[n] = n;
      return shuffled(std::move(places));
    }();
    return shuffled_places;
  }
  inline static std::size_t next_ = 0;
};

struct scattered : detached {
  struct promise_type : detached::promise_type {
    scattered get_return_object() noexcept { return {}; }
    static void* operator new(std::size_t size) { return scattered_frames::take(size); }
    static void operator delete(void*, std::size_t) noexcept {}
  };
};

u64 sum;  // of all the values that waiters got

template <class Map>
scattered wait_once(Map& map, const u64& key) {
  auto value = co_await map.wait(key);
  sum += value ? *value : 1;
}

// Where each of some keys has as many waiters as `width`, in all a hundred thousand, who began to wait by turns.
template <class Map>
void register_all(Map& map, const std::vector<u64>& keys, std::size_t width) {
  for (std::size_t i = 0; i != width; ++i) {
    for (std::size_t n = 0; n != waiters / width; ++n) wait_once(map, keys[n]);
  }
}

template <class Map>
contestant waking(std::string name, const std::vector<u64>& keys, std::size_t width) {
  return {std::move(name), [&keys, width, map = std::make_shared<Map>()] {
            register_all(*map, keys, width);
            const stopwatch watch;
            for (std::size_t n = 0; n != waiters / width; ++n) map->insert(keys[n], n);
            const double elapsed = watch.elapsed();
            for (std::size_t n = 0; n != waiters / width; ++n) map->erase(keys[n]);
            return std::vector{elapsed / waiters};
          }};
}

template <class Map>
contestant cancelling(std::string name, const std::vector<u64>& keys, std::size_t width) {
  return {std::move(name), [&keys, width, map = std::make_shared<Map>()] {
            register_all(*map, keys, width);
            const stopwatch watch;
            map->cancel_all();
            return std::vector{watch.elapsed() / waiters};
          }};
}

using our_map = waitmap::wait_map<u64, u64>;
using vectors = hand_rolled_map<u64, u64>;

}  // namespace

void run_disorder(table& to) {
  const auto keys = make_keys<u64>(waiters);
  for (const std::size_t width : {std::size_t{1}, std::size_t{8}, std::size_t{64}, waiters}) {
    const std::string of = " waiters in disorder: " + std::to_string(width) + " per key";
    const auto held_against = [&](const char* work) {
      return row{.name = work + of,
                 .reference = "hand-rolled",
                 .kind = bound::ratio,
                 .limit = width == 8 ? 1.4 : 1.2};
    };
    to.race({held_against("wake 1e5")},
            {waking<vectors>("hand-rolled", keys, width), waking<our_map>(ours, keys, width)});
    to.race({held_against("cancel 1e5")}, {cancelling<vectors>("hand-rolled", keys, width),
                                           cancelling<our_map>(ours, keys, width)});
  }
  to.race({{.name = "one insert for 1e5 waiters in disorder holds the shard",
            .kind = bound::figure,
            .limit = 1e6}},
          {contestant{ours, [&keys] {
                        waitmap::wait_map<u64, u64, waitmap::default_hash<u64>,
                                          waitmap::default_equal<u64>, timed_policy>
                            map(waitmap::options{.shards = 1});
                        register_all(map, keys, waiters);
                        const double before = timed_mutex::held;
                        map.insert(keys[0], 1);
                        return std::vector{timed_mutex::held - before};
                      }}});
}

}  // namespace bench
