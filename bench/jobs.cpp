// What programs do beside one wait on one key: many keys at once, claims, overwriting, emptying. Each against what
// one would write instead: the map's own simpler operations, or a lock and a table.
#include "tables.hpp"

#include <absl/container/flat_hash_map.h>

#include <coroutine>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "coroutine.hpp"
#include "harness.hpp"
#include "keys.hpp"

namespace bench {
namespace {

using map_type = waitmap::wait_map<u64, u64>;

// A table under one lock; a claimed key has no value.
template <class V>
class locked_table {
 public:
  static constexpr const char* name = "lock and table";

  void insert_or_assign(u64 key, const V& value) {
    const std::lock_guard lock(mutex_);
    entries_.insert_or_assign(key, value);
  }
  std::optional<V> get(u64 key) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(key);
    return found == entries_.end() ? std::nullopt : found->second;
  }
  bool claim(u64 key) {
    const std::lock_guard lock(mutex_);
    return entries_.try_emplace(key).second;
  }
  void fulfil(u64 key, const V& value) {
    const std::lock_guard lock(mutex_);
    entries_.find(key)->second = value;
  }
  std::size_t erase_all() {
    const std::lock_guard lock(mutex_);
    return absl::erase_if(entries_, [](const auto& each) { return each.second.has_value(); });
  }

 private:
  std::mutex mutex_;
  absl::flat_hash_map<u64, std::optional<V>> entries_;
};

// work() does a job `jobs` times.
template <class Work>
std::vector<double> time_each(std::size_t jobs, Work&& work) {
  const stopwatch time;
  work();
  return {time.elapsed() / static_cast<double>(jobs)};
}

row against(std::string name, const char* reference, double limit) {
  return {.name = std::move(name), .reference = reference, .kind = bound::ratio, .limit = limit};
}

// --- values

template <class Map>
contestant overwriting(const char* name, const std::vector<u64>& keys,
                       const std::vector<std::string>& values) {
  const auto map = std::make_shared<Map>();
  for (const u64 key : keys) map->insert_or_assign(key, values[0]);
  const std::size_t passes = 1'000'000 / keys.size();
  return {name, [&keys, &values, map, passes] {
            return time_each(passes * keys.size(), [&] {
              for (std::size_t pass = 0; pass != passes; ++pass) {
                std::size_t n = pass;
                for (const u64 key : keys) map->insert_or_assign(key, values[n++ % values.size()]);
              }
            });
          }};
}

void overwrite(table& to, const char* count_text, std::size_t count) {
  const auto keys = make_keys<u64>(count);
  std::vector<std::string> values;
  for (std::size_t n = 0; n != 64; ++n) values.push_back(some_value<std::string>(n));
  to.race({against(std::string("overwrite a string of ") + count_text, "lock and table", 1.1)},
          {overwriting<locked_table<std::string>>("lock and table", keys, values),
           overwriting<waitmap::wait_map<u64, std::string>>(ours, keys, values)});
}

void empty(table& to) {
  const auto keys = make_keys<u64>(100'000);
  const auto emptying = [&keys](const char* name, auto make, auto erase_all) {
    return contestant{name, [&keys, make, erase_all] {
                        const auto map = make();
                        for (const u64 key : keys) map->insert_or_assign(key, key);
                        return time_each(keys.size(), [&] { keep(erase_all(*map)); });
                      }};
  };
  to.race({against("erase_if of all of 1e5", "lock and table", 1.2)},
          {emptying(
               "lock and table", [] { return std::make_unique<locked_table<u64>>(); },
               [](auto& map) { return map.erase_all(); }),
           emptying(
               ours, [] { return std::make_unique<map_type>(); },
               [](auto& map) { return map.erase_if([](u64, u64) { return true; }); })});
}

void claim(table& to) {
  const auto keys = make_keys<u64>(1000);
  constexpr std::size_t passes = 200;
  to.race({against("claim and fulfil a new key", "lock and table", 1.0)},
          {contestant{"lock and table",
                      [&keys] {
                        return time_each(passes * keys.size(), [&] {
                          for (std::size_t pass = 0; pass != passes; ++pass) {
                            locked_table<u64> map;
                            for (const u64 key : keys) {
                              if (map.claim(key)) map.fulfil(key, key);
                            }
                          }
                        });
                      }},
           contestant{ours, [&keys] {
                        return time_each(passes * keys.size(), [&] {
                          for (std::size_t pass = 0; pass != passes; ++pass) {
                            map_type map(waitmap::options{.shards = 1});
                            for (const u64 key : keys) {
                              auto claimed = map.try_claim(key);
                              if (claimed) claimed.set_value(key);
                            }
                          }
                        });
                      }}});
}

void make(table& to) {
  constexpr std::size_t count = 1000;
  to.race({row{.name = "a default map made and destroyed", .kind = bound::figure, .limit = 350}},
          {contestant{ours, [] {
                        return time_each(count, [] {
                          for (std::size_t n = 0; n != count; ++n) {
                            const map_type map;
                            keep(&map);
                          }
                        });
                      }}});
}

// --- many keys at once

template <class Get>
contestant getting(const char* name, const std::vector<u64>& keys, Get get) {
  const auto map = std::make_shared<map_type>();
  for (const u64 key : keys) map->insert(key, key);
  const std::size_t passes = 1'000'000 / keys.size();
  return {name, [order = shuffled(keys), map, passes, get] {
            return time_each(passes * order.size(), [&] {
              for (std::size_t pass = 0; pass != passes; ++pass) keep(get(*map, order).back());
            });
          }};
}

void get_all(table& to, const char* count_text, std::size_t count, double limit) {
  const auto keys = make_keys<u64>(count);
  to.race({against(std::string("get_all of ") + count_text + " keys", "loop of get", limit)},
          {getting("loop of get", keys,
                   [](const map_type& map, const std::vector<u64>& order) {
                     std::vector<std::optional<u64>> values;
                     values.reserve(order.size());
                     for (const u64 key : order) values.push_back(map.get(key));
                     return values;
                   }),
           getting(ours, keys, [](const map_type& map, const std::vector<u64>& order) {
             return map.get_all(order);
           })});
}

// --- many waits for one key

// A coroutine finds the value in the table when it is resumed.
class handles_and_table {
 public:
  static constexpr const char* name = "handles and table";

  class wait_operation {
   public:
    wait_operation(handles_and_table& map, const std::string& key) noexcept
        : map_(map), key_(key) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> frame) {
      const std::lock_guard lock(map_.mutex_);
      entry& found = map_.entries_[key_];
      if (found.value) return false;
      found.waiting.push_back(frame);
      return true;
    }
    std::optional<std::string> await_resume() {
      const std::lock_guard lock(map_.mutex_);
      return map_.entries_[key_].value;
    }

   private:
    handles_and_table& map_;
    const std::string& key_;
  };
  wait_operation wait(const std::string& key) { return wait_operation(*this, key); }

  void insert(const std::string& key, const std::string& value) {
    std::vector<std::coroutine_handle<>> waiting;
    {
      const std::lock_guard lock(mutex_);
      entry& found = entries_[key];
      found.value = value;
      waiting.swap(found.waiting);
    }
    for (const auto& each : waiting) each.resume();
  }
  void erase(const std::string& key) {
    const std::lock_guard lock(mutex_);
    entries_.erase(key);
  }

 private:
  struct entry {
    std::optional<std::string> value;
    std::vector<std::coroutine_handle<>> waiting;
  };
  std::mutex mutex_;
  absl::flat_hash_map<std::string, entry> entries_;
};

template <class Map>
recycled wait_for_text(Map& map, const std::string& key, u64& sum) {
  auto value = co_await map.wait(key);
  sum += value->size();
}

template <class Map>
contestant calling(const char* name) {
  return {name, [map = std::make_shared<Map>()] {
            constexpr std::size_t callers = 10'000;
            const std::string key = nth_key<std::string>(1);
            const std::string text = some_value<std::string>(1);
            u64 sum = 0;
            const auto figures = time_each(callers, [&] {
              for (std::size_t n = 0; n != callers; ++n) wait_for_text(*map, key, sum);
              map->insert(key, text);
            });
            map->erase(key);
            keep(sum);
            return figures;
          }};
}

void call(table& to) {
  to.race({against("1e4 callers of one string", handles_and_table::name, 1.1)},
          {calling<handles_and_table>(handles_and_table::name),
           calling<waitmap::wait_map<std::string, std::string>>(ours)});
}

// --- a map that was just filled

template <class Map>
contestant reading_fresh(const char* name, const std::vector<u64>& keys) {
  return {name, [&keys] {
            Map map;
            for (const u64 key : keys) map.insert_or_assign(key, key);
            constexpr std::size_t passes = 100;
            return time_each(passes * keys.size(), [&] {
              for (std::size_t pass = 0; pass != passes; ++pass) {
                for (const u64 key : keys) keep(map.get(key));
              }
            });
          }};
}

void read_fresh(table& to) {
  const auto keys = make_keys<u64>(1000);
  to.race({against("get of 1e3 in a fresh map", "lock and table", 1.2)},
          {reading_fresh<locked_table<u64>>("lock and table", keys),
           reading_fresh<map_type>(ours, keys)});
}

// --- waits for several keys

// Each waits for its keys, one after the other or together, and adds what it gets.
owned wait_for_each(map_type& map, std::span<const u64> keys, u64& sum) {
  for (const u64 key : keys) {
    auto value = co_await map.wait(key);
    sum += *value;
  }
}
owned wait_for_all(map_type& map, std::span<const u64> keys, u64& sum) {
  auto all = co_await map.wait_all(keys);
  for (const auto& each : all) sum += *each;
}

template <class Wait>
contestant waiting(const char* name, const std::vector<u64>& keys, std::size_t at_once,
                   bool present, Wait wait) {
  return {name, [&keys, at_once, present, wait] {
            map_type map;
            if (present) {
              for (const u64 key : keys) map.insert(key, key);
            }
            u64 sum = 0;
            std::vector<owned> waits;
            waits.reserve(keys.size() / at_once);
            const auto figures = time_each(keys.size(), [&] {
              for (std::size_t n = 0; n != keys.size(); n += at_once)
                waits.push_back(wait(map, std::span(keys).subspan(n, at_once), sum));
              if (present) return;
              for (const u64 key : keys) map.insert(key, key);
            });
            keep(sum);
            return figures;
          }};
}

void wait_all(table& to, std::size_t at_once, bool present) {
  const auto keys = make_keys<u64>(100'000);
  const std::string name =
      "wait_all of " + std::to_string(at_once) + (present ? " present keys" : " absent keys");
  to.race({against(name, "loop of wait", 1.1)},
          {waiting("loop of wait", keys, at_once, present, wait_for_each),
           waiting(ours, keys, at_once, present, wait_for_all)});
}

owned look_first(map_type& map, std::span<const u64> keys, u64& sum) {
  for (const u64 key : keys) {
    if (const auto value = map.get(key)) {
      sum += *value;
      co_return;
    }
  }
  auto first = co_await map.wait_any(keys);
  sum += *first.outcome;
}
owned wait_for_any(map_type& map, std::span<const u64> keys, u64& sum) {
  auto first = co_await map.wait_any(keys);
  sum += *first.outcome;
}

// The key that is present is the n-th, for every n in turn.
template <class Wait>
contestant finding(const char* name, const std::vector<u64>& keys, std::size_t at_once, Wait wait) {
  const auto map = std::make_shared<map_type>();
  for (std::size_t n = 0; n < keys.size(); n += at_once) {
    const std::size_t which = n + n / at_once % at_once;
    map->insert(keys[which], keys[which]);
  }
  return {name, [&keys, at_once, map, wait] {
            u64 sum = 0;
            auto figures = time_each(keys.size() / at_once, [&] {
              for (std::size_t n = 0; n != keys.size(); n += at_once)
                wait(*map, std::span(keys).subspan(n, at_once), sum);
            });
            keep(sum);
            return figures;
          }};
}

void wait_any(table& to) {
  const auto keys = make_keys<u64>(80'000);
  to.race({against("wait_any of 8 of which one is present", "look first", 1.2)},
          {finding("look first", keys, 8, look_first), finding(ours, keys, 8, wait_for_any)});
}

}  // namespace

void run_jobs(table& to) {
  overwrite(to, "1e3", 1000);
  overwrite(to, "1e6", 1'000'000);
  empty(to);
  claim(to);
  get_all(to, "1e3", 1000, 1.1);
  get_all(to, "1e6", 1'000'000, 0.5);
  for (const bool present : {false, true}) {
    for (const std::size_t at_once : {10, 100}) wait_all(to, at_once, present);
  }
  wait_any(to);
  call(to);
  read_fresh(to);
  make(to);
}

}  // namespace bench
