// What the slowest of many operations take: of inserts, while tables grow; of look-ups, beside a thread that writes.
#include <tbb/concurrent_hash_map.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
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

// Of all times, how many percent are not above each figure. The clock's own time is in them, some 25 ns.
class histogram {
 public:
  explicit histogram(std::size_t room) { times_.reserve(room); }
  template <class Work>
  void time(Work&& work) {
    const auto start = clock::now();
    work();
    times_.push_back(nanoseconds_since(start));
  }
  double at(double percent) {
    const auto place = times_.begin() + static_cast<std::ptrdiff_t>(
                                            static_cast<double>(times_.size() - 1) * percent / 100);
    std::nth_element(times_.begin(), place, times_.end());
    return *place;
  }

 private:
  std::vector<double> times_;
};

struct our_values {
  static constexpr const char* name = ours;
  waitmap::wait_map<u64, u64> map;
  void get(u64 key) { keep(map.get(key)); }
  void insert(u64 key) { map.insert(key, key); }
  void assign(u64 key, u64 value) { map.insert_or_assign(key, value); }
};
struct hand_rolled_values {
  static constexpr const char* name = "hand-rolled";
  hand_rolled_map<u64, u64> map;
  void get(u64 key) { keep(map.get(key)); }
  void insert(u64 key) { map.insert(key, key); }
  void assign(u64 key, u64 to) {
    map.modify(key, [to](u64& value) { value = to; });
  }
};
struct tbb_values {
  static constexpr const char* name = "tbb";
  using map_type = tbb::concurrent_hash_map<u64, u64>;
  map_type map;
  void get(u64 key) {
    map_type::const_accessor found;
    keep(map.find(found, key));
  }
  void insert(u64 key) { map.insert({key, key}); }
  void assign(u64 key, u64 value) {
    map_type::accessor found;
    map.insert(found, key);
    found->second = value;
  }
};

template <class Map>
contestant growing(const std::vector<u64>& keys) {
  return {Map::name, [&keys] {
            const auto map = std::make_unique<Map>();
            histogram times(keys.size());
            for (const u64 key : keys) times.time([&] { map->insert(key); });
            return std::vector{times.at(50), times.at(99), times.at(99.9), times.at(99.99),
                               times.at(100)};
          }};
}

// One thread looks up; the other writes a tenth as often.
template <class Map>
contestant looking_up(const std::vector<u64>& keys, const std::vector<u64>& lookups, team& both) {
  const auto map = std::make_shared<Map>();
  for (const u64 key : keys) map->insert(key);
  return {Map::name, [&lookups, &both, map] {
            constexpr std::size_t count = 300'000;
            histogram times(count);
            std::atomic<std::size_t> looked_up{0};
            both.run([&](std::size_t index) {
              for (std::size_t n = 0; n != count; ++n) {
                const u64 key = lookups[n * 7 % lookups.size()];
                if (index == 0) {
                  times.time([&] { map->get(key); });
                  looked_up.store(n, std::memory_order_relaxed);
                } else if (n % 10 == 0) {
                  while (looked_up.load(std::memory_order_relaxed) + 10 < n) {
                  }
                  map->assign(key, n);
                }
              }
            });
            return std::vector{times.at(50), times.at(99), times.at(99.9)};
          }};
}

}  // namespace

void run_tails(table& to) {
  const auto keys = make_keys<u64>(1'000'000);
  const auto lookups = shuffled(keys);
  const auto of = [](const std::string& work, std::vector<std::string> parts) {
    std::vector<row> rows;
    for (const std::string& part : parts)
      rows.push_back({.name = work + part, .reference = "hand-rolled"});
    return rows;
  };
  to.race(
      of("insert while a map of 1e6 grows: ", {"median", "99 %", "99.9 %", "99.99 %", "worst"}),
      {growing<hand_rolled_values>(keys), growing<tbb_values>(keys), growing<our_values>(keys)});
  team both(2);
  to.race(
      of("get of 1e6 beside a writer: ", {"median", "99 %", "99.9 %"}),
      {looking_up<hand_rolled_values>(keys, lookups, both),
       looking_up<tbb_values>(keys, lookups, both), looking_up<our_values>(keys, lookups, both)});
}

}  // namespace bench
