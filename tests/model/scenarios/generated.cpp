#include "generated.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "programs.hpp"

namespace model {
namespace {

using consumer = std::function<void(std::string)>;

// Calls function(number) for one number of each of about so many equal parts of [0, count).
template <class Function>
void pick(std::uint64_t count, double parts, std::uint64_t seed, Function function) {
  const auto length =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(static_cast<double>(count) / parts));
  for (std::uint64_t begin = 0; begin < count; begin += length) {
    std::uint64_t mixed = (begin + seed) * 0x9E3779B97F4A7C15u;
    mixed ^= mixed >> 32;
    function(begin + mixed % std::min(length, count - begin));
  }
}

double scenarios_of(const sample& some, const family& wanted) {
  return std::max(1.0, static_cast<double>(some.schedules / wanted.schedules));
}

std::uint64_t multisets(const family& wanted, const sample& some, const consumer& take) {
  const programs all(wanted.letters(), wanted.threads, wanted.least, wanted.most);
  const std::uint64_t scenarios = all.sensible();
  const double sensible = static_cast<double>(scenarios) / static_cast<double>(all.size());
  pick(all.size(), scenarios_of(some, wanted) / sensible, some.seed, [&](std::uint64_t number) {
    const std::string text = all.text(number);
    if (!text.empty()) take(std::string(wanted.settings).append(text));
  });
  return scenarios;
}

// A coroutine that, when resumed, does anything at all, on the thread of an insert or of a stop.
std::uint64_t continuations(const family& wanted, const sample& some, const consumer& take) {
  const std::string settings = wanted.settings;
  const auto belongs = [](const letter& any) {
    return !any.destroys && !any.stops && !any.stoppable;
  };
  std::vector<std::string> all;
  for (const letter& first : all_on_one_key()) {
    if (!belongs(first)) continue;
    for (const letter& sibling : core_of_one_key()) {
      for (const letter& other : core_of_one_key()) {
        if (!belongs(sibling) || !belongs(other)) continue;
        std::string begin = first.text;
        std::ranges::replace(begin, '$', '0');
        const std::string rest = begin + " }; " + sibling.text + " | insert a | " + other.text;
        all.push_back(settings + "wait a { " + rest);
        all.push_back(settings + "wait a stoppable { " + rest + "; stop #0");
      }
    }
  }
  pick(all.size(), scenarios_of(some, wanted), some.seed,
       [&](std::uint64_t number) { take(all[number]); });
  return all.size();
}

constexpr family all[] = {
    {"1 key, 3 threads of 1, all actions", &all_on_one_key, 3, 1, 1, "", 21},
    {"1 key, 3 threads of 1, all actions, real time", &all_on_one_key, 3, 1, 1, "[real time] ",
     152},
    {"2 keys, 3 threads of 1, all actions", &all_on_two_keys, 3, 1, 1, "", 22},
    {"2 keys, 2 shards, 3 threads of 1, all actions", &all_on_two_keys, 3, 1, 1, "[2 shards] ", 11},
    {"single flight, 3 threads of 1", &single_flight_letters, 3, 1, 1, "", 20},
    {"single flight, 2 threads of up to 2", &single_flight_letters, 2, 1, 2, "", 20},
    {"single flight, 2 shards, 2 threads of up to 2", &single_flight_letters, 2, 1, 2,
     "[2 shards] ", 20},
    {"coroutines that go on", nullptr, 0, 0, 0, "", 100},
    {"coroutines that go on, resumed at once", nullptr, 0, 0, 0, "[immediate] ", 100},
    {"1 key, 4 threads of 1", &core_of_one_key, 4, 1, 1, "", 100},
    {"1 key, 2 threads of up to 2, all actions", &all_on_one_key, 2, 1, 2, "", 14},
    {"2 keys, 2 shards, 2 threads of up to 2, all actions", &all_on_two_keys, 2, 1, 2,
     "[2 shards] ", 9},
    {"any and all, 2 threads of up to 2, 2 shards", &groups, 2, 1, 2, "[2 shards] ", 20},
    {"1 key, 3 threads of up to 2", &core_of_one_key, 3, 1, 2, "", 400},
    {"1 key with claims, 3 threads of up to 2", &claims_of_one_key, 3, 1, 2, "", 400},
    {"2 keys, 3 threads of up to 2", &core_of_two_keys, 3, 1, 2, "", 400},
    {"2 keys, 2 shards, 3 threads of up to 2", &core_of_two_keys, 3, 1, 2, "[2 shards] ", 400},
    {"any and all, 2 shards, 3 threads of up to 2", &groups, 3, 1, 2, "[2 shards] ", 400},
    {"1 key, up to 3 threads of up to 2, all actions", &all_on_one_key, 3, 0, 2, "", 640},
    {"2 keys, up to 3 threads of up to 2, all actions", &all_on_two_keys, 3, 0, 2, "", 1360},
    {"2 keys, 2 shards, up to 3 threads of up to 2, all actions", &all_on_two_keys, 3, 0, 2,
     "[2 shards] ", 250},
};

}  // namespace

std::uint64_t generate(const family& wanted, const sample& some,
                       const std::function<void(std::string scenario)>& take) {
  return wanted.letters == nullptr ? continuations(wanted, some, take)
                                   : multisets(wanted, some, take);
}

std::span<const family> families() { return all; }

}  // namespace model
