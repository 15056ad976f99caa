// A newer version of a key's value, or one for which a condition holds: of two maps one has the values,
// in the other coroutines wait for a change.
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "lazy.hpp"
#include "task.hpp"

template <class Value>
struct versioned {
  std::uint64_t version;
  Value value;
};

template <class Key, class Value>
class watched_map {
 public:
  using current = std::optional<versioned<Value>>;

  // change(Value&) makes the next version out of the last, or out of Value().
  template <class Change>
  void publish(const Key& key, Change change) {
    values_.update(key, [&](auto& at) {
      auto next = at ? *at : versioned<Value>{0, Value()};
      ++next.version;
      change(next.value);
      at.assign(std::move(next));
    });
    changes_.deliver(key, std::monostate());  // to those who wait now; nothing is stored
  }

  // The newest value for which condition(version, value) is true, as soon as there is one. A version that
  // is soon replaced may not be seen. nullopt: the map is closed.
  //
  // First register, then look. A version that comes before the look is seen by it; the change of one
  // that comes after the look is delivered to the subscription.
  template <class Condition>
  lazy<current> until(Key key, Condition condition) {
    for (;;) {
      auto change = changes_.subscribe(key);
      auto found = values_.get(key);
      if (found && condition(found->version, found->value)) co_return found;
      auto changed = co_await change;
      if (!changed) co_return std::nullopt;
    }
  }
  auto newer_than(Key key, std::uint64_t seen) {
    return until(std::move(key),
                 [seen](std::uint64_t version, const Value&) { return version > seen; });
  }

  void close() { changes_.close(); }

 private:
  waitmap::wait_map<Key, versioned<Value>> values_;
  waitmap::wait_map<Key, std::monostate> changes_;
};

using counters = watched_map<std::string, int>;

// Returns: whether each version was newer than the one before, and had its value.
task watch(counters& map, std::uint64_t last, bool& right) {
  std::uint64_t seen = 0;
  bool each_newer = true;
  while (seen != last) {
    auto looking = map.newer_than("visits", seen);
    auto found = co_await looking;
    if (!found) co_return;
    each_newer =
        each_newer && found->version > seen && found->version == std::uint64_t(found->value);
    seen = found->version;
  }
  right = each_newer;
}

task wait_until(counters& map, int wanted, int& value) {
  auto enough = [wanted](std::uint64_t, int visits) { return visits >= wanted; };
  auto waiting = map.until("visits", enough);
  auto found = co_await waiting;
  value = found ? found->value : -1;
}

int main() {
  counters map;
  bool first = false, second = false, never = false;
  int half = 0, too_many = 0;
  watch(map, 2000, first);
  watch(map, 2000, second);
  watch(map, 2001, never);
  wait_until(map, 1000, half);
  wait_until(map, 3000, too_many);

  const auto visit = [&] {
    for (int times = 0; times != 1000; ++times)
      map.publish("visits", [](int& visits) { ++visits; });
  };
  std::thread one(visit), other(visit);
  one.join();
  other.join();
  const bool still_waits = too_many == 0;
  map.close();

  std::cout << "a thousand visits were seen at " << half << '\n';
  return first && second && !never && half >= 1000 && still_waits && too_many == -1 ? 0 : 1;
}
