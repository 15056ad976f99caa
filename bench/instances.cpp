// What compile_time.cpp compiles, and never runs: a wait, an insert and a get_or_compute for INSTANCES kinds of map: of
// wait_map, or, BY_HAND, of what one would write instead.
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "../examples/recipes/lazy.hpp"
#ifdef BY_HAND
#include "hand_rolled.hpp"
#else
#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>
#endif

namespace {

#ifdef BY_HAND
template <class Key, class Value>
using map_of = bench::hand_rolled_map<Key, Value>;

template <class Key, class Value, class Factory>
lazy<Value> get_or_compute(bench::hand_rolled_map<Key, Value>& map, Key key, Factory factory) {
  while (!map.try_claim(key)) {
    auto value = co_await map.wait(key);
    if (value) co_return *std::move(value);  // else who computed has failed
  }
  std::exception_ptr error;
  try {
    Value value = co_await factory();
    map.insert(key, value);
    co_return value;
  } catch (...) {
    error = std::current_exception();
  }
  map.abandon(key);
  std::rethrow_exception(error);
}
#else
using waitmap::get_or_compute;
template <class Key, class Value>
using map_of = waitmap::wait_map<Key, Value>;
#endif

}  // namespace

template <class Key, class Value>
struct jobs {
  using map_type = map_of<Key, Value>;

  static lazy<Value> wait(map_type& map, Key key) {
    auto value = co_await map.wait(key);
    co_return value ? *value : Value();
  }
  static bool insert(map_type& map, const Key& key, const Value& value) {
    return static_cast<bool>(map.insert(key, value));
  }
  static lazy<Value> compute(map_type& map, Key key) {
    auto factory = []() -> lazy<Value> { co_return Value(); };
    auto value = co_await get_or_compute(map, key, factory);
    co_return value;
  }
};

template struct jobs<std::string, std::uint64_t>;
#if INSTANCES == 2
template struct jobs<std::uint64_t, std::string>;
#endif
