// More threads than cores, and everyone on one key: what a preempted lock holder and a hot line
// cost.
#include <tbb/concurrent_hash_map.h>

#include <memory>
#include <string>
#include <vector>
#include <wait_map/wait_map.hpp>

#include "hand_rolled.hpp"
#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"
#include "team.hpp"

namespace bench {
namespace {

struct our_values {
  static constexpr const char* name = ours;
  waitmap::wait_map<u64, u64> map;
  void get(u64 key) { keep(map.get(key)); }
  void insert(u64 key) { map.insert(key, key); }
  void erase(u64 key) { map.erase(key); }
  void add(u64 key) {
    map.modify(key, [](u64& value) { ++value; });
  }
};

// wait_map's own lock, but readers never share it.
class unshared_mutex {
 public:
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  waitmap::word_mutex mutex_;
};
struct unshared_policy : waitmap::default_policy {
  using mutex = unshared_mutex;
};
struct unshared_values {
  static constexpr const char* name = "never shared";
  waitmap::wait_map<u64, u64, waitmap::default_hash<u64>, waitmap::default_equal<u64>,
                    unshared_policy>
      map;
  void get(u64 key) { keep(map.get(key)); }
  void insert(u64 key) { map.insert(key, key); }
  void add(u64 key) {
    map.modify(key, [](u64& value) { ++value; });
  }
};

struct hand_rolled_values {
  static constexpr const char* name = "hand-rolled";
  hand_rolled_map<u64, u64> map;
  void get(u64 key) { keep(map.get(key)); }
  void insert(u64 key) { map.insert(key, key); }
  void erase(u64 key) { map.erase(key); }
  void add(u64 key) {
    map.modify(key, [](u64& value) { ++value; });
  }
};

struct tbb_values {
  static constexpr const char* name = "tbb";
  tbb::concurrent_hash_map<u64, u64> map;
  void get(u64 key) {
    decltype(map)::const_accessor found;
    keep(map.find(found, key) ? found->second : 0);
  }
  void insert(u64 key) { map.insert({key, key}); }
  void erase(u64 key) { map.erase(key); }
  void add(u64 key) {
    decltype(map)::accessor found;
    if (map.find(found, key)) ++found->second;
  }
};

constexpr std::size_t operations = 200'000;  // of all threads together

// work(values, n) for every n, dealt to the threads.
template <class Values, class Work>
contestant sharing(const std::vector<u64>& keys, team& threads, std::size_t thread_count,
                   Work work) {
  const auto values = std::make_shared<Values>();
  for (const u64 key : keys) values->insert(key);
  return {Values::name, [&threads, thread_count, work, values] {
            return std::vector{threads.run([&](std::size_t index) {
              for (std::size_t n = index; n < operations; n += thread_count) work(*values, n);
            }) / static_cast<double>(operations)};
          }};
}

template <class Work>
void compare(table& to, std::string name, const std::vector<u64>& keys, std::size_t thread_count,
             Work work) {
  team threads(thread_count);
  to.race({{.name = std::move(name), .reference = "hand-rolled"}},
          {sharing<hand_rolled_values>(keys, threads, thread_count, work),
           sharing<our_values>(keys, threads, thread_count, work),
           sharing<tbb_values>(keys, threads, thread_count, work)});
}

// Look-ups, and a write now and then, which ends that readers share the lock of its shard: it interrupts all
// processors that run the program.
void share_and_write(table& to, const std::string& name, const std::vector<u64>& keys,
                     std::size_t period) {
  team threads(2);
  const auto work = [&keys, period](auto& values, std::size_t n) {
    const u64 key = keys[scrambled(n) % keys.size()];
    if (n % period == 0) {
      values.add(key);
    } else {
      values.get(key);
    }
  };
  to.race(
      {{.name = name + " 2 threads and one write in " + std::to_string(period),
        .reference = "never shared",
        .kind = bound::ratio,
        .limit = 1.2}},
      {sharing<unshared_values>(keys, threads, 2, work),
       sharing<hand_rolled_values>(keys, threads, 2, work),
       sharing<tbb_values>(keys, threads, 2, work), sharing<our_values>(keys, threads, 2, work)});
}

}  // namespace

void run_contention(table& to) {
  for (const std::size_t period : {1000, 5000})
    share_and_write(to, "gets of 1e3 keys", make_keys<u64>(1000), period);
  for (const std::size_t period : {2000, 10'000})
    share_and_write(to, "gets of one hot key", {7}, period);
  const auto keys = make_keys<u64>(10'000);
  for (const std::size_t threads : {2, 8}) {
    const std::string suffix = " " + std::to_string(threads) + " threads";
    compare(to, "8 gets 1 insert 1 erase 1e4 keys" + suffix, keys, threads,
            [&keys](auto& values, std::size_t n) {
              const u64 random = scrambled(n);
              const u64 key = keys[random % keys.size()];
              switch (random / keys.size() % 10) {
                case 0:
                  return values.insert(key);
                case 1:
                  return values.erase(key);
                default:
                  return values.get(key);
              }
            });
    compare(to, "one hot key: get" + suffix, {7}, threads,
            [](auto& values, std::size_t) { values.get(7); });
    compare(to, "one hot key: modify" + suffix, {7}, threads,
            [](auto& values, std::size_t) { values.add(7); });
  }
}

}  // namespace bench
