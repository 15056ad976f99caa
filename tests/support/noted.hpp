// noted, and the coroutines that wait for one key and note there how their wait ended.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include "support/spawn.hpp"

namespace support {

// How a wait ended, and how often: 0 while it is pending.
template <class Value>
struct noted {
  int ends = 0;
  std::optional<Value> value;
  std::exception_ptr error;

  bool pending() const noexcept { return ends == 0; }
  bool got(const Value& expected) const { return ends == 1 && value && *value == expected; }
  bool got_nothing() const noexcept { return ends == 1 && !value && !error; }
  bool failed() const noexcept { return ends == 1 && error; }
};

template <class Map, class Note, class... Token>
owned observe(Map& map, typename Map::key_type key, Note& note, Token... token) {
  try {
    auto value = co_await map.wait(key, std::move(token)...);
    if (value) note.value.emplace(std::move(*value));
  } catch (...) {
    note.error = std::current_exception();
  }
  ++note.ends;
}

template <class Map, class Note, class... Token>
owned take(Map& map, typename Map::key_type key, Note& note, Token... token) {
  try {
    auto value = co_await map.take(key, std::move(token)...);
    if (value) note.value.emplace(std::move(*value));
  } catch (...) {
    note.error = std::current_exception();
  }
  ++note.ends;
}

}  // namespace support
