// get and insert, without waiting: u64 and string keys, 1e3 and 1e6 entries, 1 and 2 threads.
#include <absl/container/flat_hash_map.h>
#include <tbb/concurrent_hash_map.h>

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>
#include <wait_map/wait_map.hpp>

#include "hand_rolled.hpp"
#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"
#include "team.hpp"

namespace bench {
namespace {

// Each competitor behind the same two calls.
template <class K>
struct floor_values {
  static constexpr const char* name = "floor";
  absl::flat_hash_map<K, K> map;
  std::optional<K> get(const K& key) const {
    const auto found = map.find(key);
    return found == map.end() ? std::nullopt : std::optional<K>(found->second);
  }
  void insert(const K& key, const K& value) { map.try_emplace(key, value); }
};

template <class K>
struct our_values {
  static constexpr const char* name = ours;
  waitmap::wait_map<K, K> map;
  std::optional<K> get(const K& key) { return map.get(key); }
  void insert(const K& key, const K& value) { map.insert(key, value); }
};

template <class K>
struct hand_rolled_values {
  static constexpr const char* name = "hand-rolled";
  hand_rolled_map<K, K> map;
  std::optional<K> get(const K& key) { return map.get(key); }
  void insert(const K& key, const K& value) { map.insert(key, value); }
};

template <class K>
struct tbb_values {
  static constexpr const char* name = "tbb";
  using map_type = tbb::concurrent_hash_map<K, K>;
  map_type map;
  std::optional<K> get(const K& key) const {
    typename map_type::const_accessor found;
    return map.find(found, key) ? std::optional<K>(found->second) : std::nullopt;
  }
  void insert(const K& key, const K& value) { map.insert({key, value}); }
};

template <class K>
struct entries {
  std::vector<K> keys, values;
  std::vector<K> lookups;  // the same keys in another order

  explicit entries(std::size_t count) : keys(make_keys<K>(count)), lookups(shuffled(keys)) {
    for (std::size_t n = 0; n != count; ++n) values.push_back(some_value<K>(n));
  }
};

// The part of [0, count) that thread `index` of `threads` works on.
struct share {
  std::size_t begin, end;
  share(std::size_t count, std::size_t index, std::size_t threads)
      : begin(count * index / threads), end(count * (index + 1) / threads) {}
};

constexpr std::size_t lookups_per_round = 1'000'000;

template <class Values, class K>
double time_get(Values& values, const entries<K>& from, team& threads, std::size_t thread_count) {
  const std::size_t passes = lookups_per_round / from.keys.size();
  const double elapsed = threads.run([&](std::size_t index) {
    const share mine(from.lookups.size(), index, thread_count);
    for (std::size_t pass = 0; pass != passes; ++pass) {
      for (std::size_t i = mine.begin; i != mine.end; ++i) {
        const auto found = values.get(from.lookups[i]);
        keep(found.has_value());
        keep(*found);
      }
    }
  });
  return elapsed / static_cast<double>(passes * from.lookups.size());
}

template <class Values, class K>
contestant get_contestant(const entries<K>& from, team& threads, std::size_t thread_count) {
  const auto values = std::make_shared<Values>();
  for (std::size_t n = 0; n != from.keys.size(); ++n) values->insert(from.keys[n], from.values[n]);
  return {Values::name, [&from, &threads, thread_count, values] {
            return std::vector{time_get(*values, from, threads, thread_count)};
          }};
}

template <class Values, class K>
contestant insert_contestant(const entries<K>& from, team& threads, std::size_t thread_count) {
  return {Values::name, [&from, &threads, thread_count] {
            const std::size_t passes = from.keys.size() < 10'000 ? 100 : 1;
            double elapsed = 0;
            for (std::size_t pass = 0; pass != passes; ++pass) {
              const auto values = std::make_unique<Values>();
              elapsed += threads.run([&](std::size_t index) {
                const share mine(from.keys.size(), index, thread_count);
                for (std::size_t i = mine.begin; i != mine.end; ++i)
                  values->insert(from.keys[i], from.values[i]);
              });
            }
            return std::vector{elapsed / static_cast<double>(passes * from.keys.size())};
          }};
}

std::string named(const char* work, const char* keys, std::size_t count, std::size_t threads) {
  return std::string(work) + " " + keys + (count == 1000 ? " 1e3 " : " 1e6 ") +
         std::to_string(threads) + (threads == 1 ? " thread" : " threads");
}

// The targets are for u64 keys; strings are for reading.
template <class K>
row get_row(const char* keys, std::size_t count, std::size_t threads) {
  row line{.name = named("get hit", keys, count, threads)};
  if (!std::is_same_v<K, u64> || (count == 1000 && threads == 2)) return line;
  line.kind = bound::ratio;
  line.limit = count == 1000 ? 2.5 : threads == 1 ? 1.9 : 2.2;
  return line;
}

template <class K>
row insert_row(const char* keys, std::size_t count, std::size_t threads) {
  row line{.name = named("insert new", keys, count, threads)};
  if (threads == 2) line.reference = "tbb";
  if (!std::is_same_v<K, u64> || count == 1000) return line;
  line.kind = bound::ratio;
  line.limit = threads == 1 ? 1.25 : 0.25;
  return line;
}

template <class K>
void get_rows(table& to, const char* keys, std::size_t count) {
  const entries<K> from(count);
  for (const std::size_t threads : {1, 2}) {
    team crew(threads);
    to.race({get_row<K>(keys, count, threads)},
            {get_contestant<floor_values<K>>(from, crew, threads),
             get_contestant<our_values<K>>(from, crew, threads),
             get_contestant<hand_rolled_values<K>>(from, crew, threads),
             get_contestant<tbb_values<K>>(from, crew, threads)});
  }
}

// The same map read by one thread and by two: the rate has to grow by 1.4.
void get_gain(table& to) {
  const entries<u64> from(1'000'000);
  team one(1, timing::wall), two(2);
  const row line{.name = "get hit u64 1e6: 2 threads over 1",
                 .reference = "wait_map 1 thread",
                 .kind = bound::ratio,
                 .limit = 1 / 1.4};
  contestant alone = get_contestant<our_values<u64>>(from, one, 1);
  alone.name = line.reference;
  to.race({line}, {alone, get_contestant<our_values<u64>>(from, two, 2)});
}

template <class K>
void insert_rows(table& to, const char* keys, std::size_t count) {
  const entries<K> from(count);
  for (const std::size_t threads : {1, 2}) {
    team crew(threads);
    std::vector<contestant> all{insert_contestant<our_values<K>>(from, crew, threads),
                                insert_contestant<hand_rolled_values<K>>(from, crew, threads),
                                insert_contestant<tbb_values<K>>(from, crew, threads)};
    if (threads == 1)
      all.insert(all.begin(), insert_contestant<floor_values<K>>(from, crew, threads));
    to.race({insert_row<K>(keys, count, threads)}, all);
  }
}

}  // namespace

void run_get(table& to) {
  get_rows<u64>(to, "u64", 1000);
  get_rows<u64>(to, "u64", 1'000'000);
  get_gain(to);
  get_rows<std::string>(to, "string", 1000);
  get_rows<std::string>(to, "string", 1'000'000);
}

void run_insert(table& to) {
  insert_rows<u64>(to, "u64", 1000);
  insert_rows<u64>(to, "u64", 1'000'000);
  insert_rows<std::string>(to, "string", 1000);
  insert_rows<std::string>(to, "string", 1'000'000);
}

}  // namespace bench
