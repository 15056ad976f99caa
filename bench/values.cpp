// get and insert, without waiting: u64 and string keys, 1e3 and 1e6 entries, 1 and 2 threads.
#include "values.hpp"

#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"
#include "team.hpp"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

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
    std::vector<contestant> all{values_of<floor_values<K>, K>::get(from, crew, threads),
                                values_of<our_values<K>, K>::get(from, crew, threads),
                                values_of<hand_rolled_values<K>, K>::get(from, crew, threads),
                                values_of<tbb_values<K>, K>::get(from, crew, threads)};
    if (threads == 1)
      all.push_back(values_of<our_values_of_one_thread<K>, K>::get(from, crew, threads));
    to.race({get_row<K>(keys, count, threads)}, all);
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
void race_inserts(table& to, const row& line, const entries<K>& from, std::size_t threads) {
  team crew(threads);
  std::vector<contestant> all{values_of<locked_floor_values<K>, K>::insert(from, crew, threads),
                              values_of<our_values<K>, K>::insert(from, crew, threads),
                              values_of<hand_rolled_values<K>, K>::insert(from, crew, threads),
                              values_of<tbb_values<K>, K>::insert(from, crew, threads)};
  if (threads == 1) {
    all.insert(all.begin(), values_of<floor_values<K>, K>::insert(from, crew, threads));
    all.push_back(values_of<our_values_of_one_thread<K>, K>::insert(from, crew, threads));
  }
  to.race({line}, all);
}

template <class K>
void insert_rows(table& to, const char* keys, std::size_t count) {
  const entries<K> from(count);
  for (const std::size_t threads : {1, 2}) {
    race_inserts(to, insert_row<K>(keys, count, threads), from, threads);
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

// Without what the kernel takes for new pages, which is most of the time above and changes by the hour: from the
// second round on, all memory is what the maps of the round before have left.
void run_insert_kept([[maybe_unused]] table& to) {
#if defined(__GLIBC__)
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  const entries<u64> from(1'000'000);
  for (const std::size_t threads : {1, 2}) {
    row line = insert_row<u64>("u64", from.keys.size(), threads);
    line.name += " (pages kept)";
    line.kind = bound::none;
    race_inserts(to, line, from, threads);
  }
#endif
}

}  // namespace bench
