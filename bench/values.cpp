// get and insert, without waiting: u64 and string keys, 1e3 and 1e6 entries, 1 and 2 threads.
#include "values.hpp"

#include <string>
#include <type_traits>
#include <vector>

#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"
#include "team.hpp"

namespace bench {
namespace {

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
            {values_of<floor_values<K>, K>::get(from, crew, threads),
             values_of<our_values<K>, K>::get(from, crew, threads),
             values_of<hand_rolled_values<K>, K>::get(from, crew, threads),
             values_of<tbb_values<K>, K>::get(from, crew, threads)});
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
  contestant alone = values_of<our_values<u64>, u64>::get(from, one, 1);
  alone.name = line.reference;
  to.race({line}, {alone, values_of<our_values<u64>, u64>::get(from, two, 2)});
}

template <class K>
void insert_rows(table& to, const char* keys, std::size_t count) {
  const entries<K> from(count);
  for (const std::size_t threads : {1, 2}) {
    team crew(threads);
    std::vector<contestant> all{values_of<our_values<K>, K>::insert(from, crew, threads),
                                values_of<hand_rolled_values<K>, K>::insert(from, crew, threads),
                                values_of<tbb_values<K>, K>::insert(from, crew, threads)};
    if (threads == 1)
      all.insert(all.begin(), values_of<floor_values<K>, K>::insert(from, crew, threads));
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
