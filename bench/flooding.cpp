// What a flood-resistant hash costs: get, a thousand entries, one thread, with either hash.
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <wait_map/flood_resistant_hash.hpp>
#include <wait_map/wait_map.hpp>

#include "harness.hpp"
#include "keys.hpp"
#include "tables.hpp"

namespace bench {
namespace {

constexpr std::size_t entries_count = 1000, passes = 1000;

template <template <class> class Hash, class K>
contestant getting(const char* name, const std::vector<K>& keys) {
  const auto map = std::make_shared<waitmap::wait_map<K, u64, Hash<K>>>();
  for (const K& key : keys) map->insert(key, u64{1});
  return {name, [map, lookups = shuffled(keys)] {
            const stopwatch time;
            for (std::size_t pass = 0; pass != passes; ++pass) {
              for (const K& key : lookups) keep(*map->get(key));
            }
            return std::vector{time.elapsed() / static_cast<double>(passes * lookups.size())};
          }};
}

template <class K>
void race(table& to, const char* name, const std::vector<K>& keys) {
  to.race({row{.name = name, .reference = "default_hash"}},
          {getting<waitmap::default_hash>("default_hash", keys),
           getting<waitmap::flood_resistant_hash>(ours, keys)});
}

std::vector<std::string> strings_of(std::size_t size) {
  std::vector<std::string> keys;
  for (std::size_t n = 0; n != entries_count; ++n) {
    keys.push_back(std::to_string(scrambled(n)));
    keys.back().resize(size, '.');
  }
  return keys;
}

}  // namespace

void run_flooding(table& to) {
  race(to, "flood-resistant get u64 1e3", make_keys<u64>(entries_count));
  race(to, "flood-resistant get 16-byte string 1e3", strings_of(16));
  race(to, "flood-resistant get 32-byte string 1e3", strings_of(32));
}

}  // namespace bench
