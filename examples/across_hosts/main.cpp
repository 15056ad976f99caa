// across_hosts: processes that share keys through a redis-server. A wait in one of them ends when
// another sets the key; each asks Redis once for each key; lost connections lose no wait.
// shared_map.hpp is the heart. Three scenes, each checks its result: the exit status is 0 if all do.
//
//   across_hosts [PROCESSES [KEYS [WAITS]]]    so many workers; so many waits at once in each, for
//                                              each key. redis-server must be in the PATH.
#include <charconv>
#include <chrono>
#include <csignal>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "child.hpp"
#include "plan.hpp"
#include "redis.hpp"
#include "server.hpp"
#include "shared_map.hpp"
#include "team.hpp"
#include "worker.hpp"

namespace across_hosts {
namespace {

constexpr std::chrono::milliseconds patience = longest_scene;  // Redis comes back

int number_in(std::string_view text, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  check(
      error == std::errc() && end == text.data() + text.size() && number >= least && number <= most,
      "'" + std::string(text) + "' is no number from " + std::to_string(least) + " to " +
          std::to_string(most));
  return number;
}

// --- the scenes ------------------------------------------------------------------------------------

// A checkpoint: all workers wait for a key that this process is to set, by calling `set`.
using checkpoint = std::function<void(int number, const std::function<void()>& set)>;

// Returns: how often this process has asked Redis.
int lead(const plan& all, const team& workers, shared_map& keys, const checkpoint& reach) {
  for (int number = 0; number != all.checkpoints(); ++number) {
    const int i = number * all.stride();
    const std::string before = i == 0 ? "" : all.key(i - 1);
    for (bool wait = i != 0; wait;) {
      const auto value = keys.blocking_wait_for(before, std::chrono::milliseconds(100));
      wait = !value;
      if (wait) workers.check_alive();
      if (value) check(*value == plan::value_of(before), before + " has a wrong value");
    }
    reach(number, [&] { keys.set(all.key(i), plan::value_of(all.key(i))); });
  }
  return keys.gets();
}

void check_all_right(const plan& all, const std::vector<report>& reports) {
  check(sum(reports, &report::given_up) == 0, "Redis could not be reached");
  const int expected = all.waits_from_the_start() + all.walkers() * all.keys + all.setters();
  check(sum(reports, &report::begun) == expected, "not every wait was begun");
  check(sum(reports, &report::right) == expected, "a wait did not end with the right value");
}

int gets_counted_by(connection& redis) {
  const auto statistics = text_of(*redis.ask({"INFO", "commandstats"})).value_or("");
  constexpr std::string_view before = "cmdstat_get:calls=";
  const auto found = statistics.find(before);
  return found == statistics.npos ? 0 : std::stoi(statistics.substr(found + before.size()));
}

// Nothing happens but waits and values: Redis is asked once for each key by each process.
void calm(plan all, const server& redis) {
  all.scene = "calm";
  const auto start = child::clock::now();
  connection statistics = redis.connect();
  statistics.ask({"CONFIG", "RESETSTAT"});
  team workers(all, redis, patience);
  shared_map keys(redis.where(), patience);
  const int parents_gets = lead(all, workers, keys, [](int, const auto& set) { set(); });
  const auto reports = workers.reports();
  print(all, reports, start);
  check_all_right(all, reports);
  check(sum(reports, &report::reconnects) == 0, "a connection was lost");
  for (const report& each : reports) {
    check(each.gets == all.keys, "a worker did not ask once for each key");
  }
  check(parents_gets == all.checkpoints() - 1, "the parent did not ask once for each key");
  check(gets_counted_by(statistics) == all.processes * all.keys + parents_gets,
        "Redis has counted other GETs than were sent");
}

// Connections are lost in every way, while all wait and while values are under way.
void storm(plan all, server& redis) {
  all.scene = "storm";
  const auto start = child::clock::now();
  team workers(all, redis, patience);
  shared_map keys(redis.where(), patience);
  const auto kill = [&](std::string_view type) {
    redis.connect().ask({"CLIENT", "KILL", "TYPE", type});
  };
  lead(all, workers, keys, [&](int number, const auto& set) {
    switch (number % 4) {
      case 0:
        kill("pubsub");
        return set();
      case 1:
        kill("normal");
        return set();
      case 2:
        redis.stop();
        set();
        return redis.start_again();
      default:
        set();
        kill("normal");
        return kill("pubsub");
    }
  });
  const auto reports = workers.reports();
  print(all, reports, start);
  check_all_right(all, reports);
  for (const report& each : reports) {
    check(each.reconnects > 0, "a worker has not lost a connection");
    check(each.gets >= all.keys && each.gets <= all.keys * (1 + each.reconnects),
          "a worker asked more than once for a key on the same connection");
  }
}

// The server dies for good: no wait is left alone.
void loss(plan all, server& redis) {
  all.scene = "loss";
  const auto start = child::clock::now();
  team workers(all, redis, std::chrono::milliseconds(300));
  redis.kill();
  const auto reports = workers.reports();
  print(all, reports, start);
  const int expected = all.waits_from_the_start() + all.walkers() + all.setters();
  check(sum(reports, &report::begun) == expected, "not every wait was begun");
  check(sum(reports, &report::given_up) == expected, "a wait has outlived Redis");
}

int run_worker(const std::vector<std::string>& arguments) {
  check(arguments.size() == 8, "a worker is started by across_hosts itself");
  constexpr int any = 1'000'000;
  const plan all{arguments[1], number_in(arguments[2], 1, any), number_in(arguments[3], 1, any),
                 number_in(arguments[4], 1, any)};
  const auto made =
      work(all, number_in(arguments[5], 0, any), {"127.0.0.1", number_in(arguments[6], 1, any)},
           std::chrono::milliseconds(number_in(arguments[7], 1, any)));
  if (!made) return 1;
  std::cout << made->begun << ' ' << made->right << ' ' << made->given_up << ' ' << made->gets
            << ' ' << made->reconnects << std::endl;
  return 0;
}

int run(const std::vector<std::string>& arguments) {
  if (!arguments.empty() && arguments[0] == "worker") return run_worker(arguments);
  check(arguments.size() <= 3, "usage: across_hosts [PROCESSES [KEYS [WAITS]]]");
  plan all;
  if (arguments.size() > 0) all.processes = number_in(arguments[0], 1, 100);
  if (arguments.size() > 1) all.keys = number_in(arguments[1], 8, 10'000);
  if (arguments.size() > 2) all.waits = number_in(arguments[2], 1, 1'000);
  server redis;
  calm(all, redis);
  storm(all, redis);
  loss(all, redis);
  return 0;
}

}  // namespace
}  // namespace across_hosts

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a write to a lost connection is an error, not the end
  try {
    return across_hosts::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::cerr << "across_hosts: " << error.what() << '\n';
    return 1;
  }
}
