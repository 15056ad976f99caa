// The keys and values every table uses: 64-bit integers, and strings of 16 to 24 bytes with values
// of 40.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace bench {

using u64 = std::uint64_t;

inline u64 scrambled(u64 x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

template <class T>
T nth_key(std::size_t n) {
  return scrambled(n);
}
template <>
inline std::string nth_key<std::string>(std::size_t n) {
  std::string key = std::to_string(scrambled(n));  // up to 20 digits, all different
  key.resize(std::max<std::size_t>(key.size(), 16), '.');
  return key + std::string(n % 5, '-');
}

template <class T>
T some_value(std::size_t n) {
  return n;
}
template <>
inline std::string some_value<std::string>(std::size_t n) {
  std::string value = std::to_string(n);
  value.resize(40, 'v');
  return value;
}

template <class T>
std::vector<T> make_keys(std::size_t count, std::size_t from = 0) {
  std::vector<T> keys;
  keys.reserve(count);
  for (std::size_t n = 0; n != count; ++n) keys.push_back(nth_key<T>(from + n));
  return keys;
}

template <class T>
std::vector<T> shuffled(std::vector<T> items) {
  std::shuffle(items.begin(), items.end(), std::mt19937_64(12345));
  return items;
}

}  // namespace bench
