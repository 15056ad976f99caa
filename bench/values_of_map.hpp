// What every map does in the tables of values.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "values.hpp"

namespace bench {
namespace {

constexpr std::size_t lookups_per_round = 1'000'000;

template <class Map, class K>
double time_get(Map& values, const entries<K>& from, team& threads, std::size_t thread_count) {
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

}  // namespace

template <class Map, class K>
contestant values_of<Map, K>::get(const entries<K>& from, team& threads, std::size_t thread_count) {
  const auto values = std::make_shared<Map>();
  for (std::size_t n = 0; n != from.keys.size(); ++n) values->insert(from.keys[n], from.values[n]);
  return {Map::name, [&from, &threads, thread_count, values] {
            return std::vector{time_get(*values, from, threads, thread_count)};
          }};
}

template <class Map, class K>
contestant values_of<Map, K>::insert(const entries<K>& from, team& threads,
                                     std::size_t thread_count) {
  return {Map::name, [&from, &threads, thread_count] {
            const std::size_t passes = from.keys.size() < 10'000 ? 100 : 1;
            double elapsed = 0;
            for (std::size_t pass = 0; pass != passes; ++pass) {
              const auto values = std::make_unique<Map>();
              elapsed += threads.run([&](std::size_t index) {
                const share mine(from.keys.size(), index, thread_count);
                for (std::size_t i = mine.begin; i != mine.end; ++i)
                  values->insert(from.keys[i], from.values[i]);
              });
            }
            return std::vector{elapsed / static_cast<double>(passes * from.keys.size())};
          }};
}

}  // namespace bench
