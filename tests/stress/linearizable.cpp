// 6.3: real threads, random operations on hot keys, and the proof that what they saw could have happened one after
// the other: linearizable [--operations N | --endless] [--seed S]. Prints the seed; exits with 1 and the history
// of the key where there is no such order, or none was found in time.
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "stress/history.hpp"
#include "stress/round.hpp"

namespace {

struct task {
  std::uint64_t operations = 1'000'000;
  std::uint64_t seed = std::random_device{}();
};

[[noreturn]] void explain() {
  std::fprintf(stderr, "usage: linearizable [--operations N | --endless] [--seed S]\n");
  std::exit(2);
}

task read(int count, char** arguments) {
  task asked;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = arguments[i];
    if (name == "--endless") {
      asked.operations = std::numeric_limits<std::uint64_t>::max();
    } else if (i + 1 == count) {
      explain();
    } else if (name == "--operations") {
      asked.operations = std::strtoull(arguments[++i], nullptr, 10);
    } else if (name == "--seed") {
      asked.seed = std::strtoull(arguments[++i], nullptr, 10);
    } else {
      explain();
    }
  }
  return asked;
}

// A round of either kind of map.
class any_round {
 public:
  virtual ~any_round() = default;
  virtual void run(int thread) = 0;
  virtual bool collect(std::array<stress::history, stress::keys>& by_key) = 0;
  virtual bool end() = 0;
};

template <class Map>
class round_of final : public any_round {
 public:
  using any_round::any_round;
  round_of(std::uint64_t seed, bool destroys, bool closes) : round_(seed, destroys, closes) {}
  void run(int thread) override { round_.run(thread); }
  bool collect(std::array<stress::history, stress::keys>& by_key) override {
    return round_.collect(by_key);
  }
  bool end() override { return round_.end(); }

 private:
  stress::round<Map> round_;
};

using plain_map = waitmap::wait_map<int, int>;
using yielding_map = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                       waitmap::default_equal<int>, stress::yielding_policy>;

std::unique_ptr<any_round> make_round(std::uint64_t seed) {
  const bool destroys = seed % 3 == 0;
  const bool closes = seed % 7 == 0;
  if (seed % 2 == 0) return std::make_unique<round_of<plain_map>>(seed, destroys, closes);
  return std::make_unique<round_of<yielding_map>>(seed, destroys, closes);
}

}  // namespace

int main(int count, char** arguments) {
  const task asked = read(count, arguments);
  std::printf("%d threads, %d keys, seed %llu\n", stress::threads, stress::keys,
              static_cast<unsigned long long>(asked.seed));
  std::fflush(stdout);

  std::unique_ptr<any_round> now;
  std::atomic<bool> over{false};
  std::barrier start(stress::threads + 1);
  std::barrier finish(stress::threads + 1);
  std::vector<std::thread> workers;
  for (int thread = 0; thread < stress::threads; ++thread) {
    workers.emplace_back([&, thread] {
      for (;;) {
        start.arrive_and_wait();
        if (over.load()) return;
        now->run(thread);
        finish.arrive_and_wait();
      }
    });
  }

  const auto began = std::chrono::steady_clock::now();
  std::uint64_t operations = 0;
  std::size_t longest = 0;
  std::uint64_t histories = 0;
  bool right = true;
  std::array<stress::history, stress::keys> by_key;
  for (std::uint64_t seed = asked.seed; right && operations < asked.operations; ++seed) {
    now = make_round(seed);
    start.arrive_and_wait();
    finish.arrive_and_wait();
    operations += stress::threads * stress::steps;
    if (!now->collect(by_key)) {
      std::printf("round %llu: the map does not know who waits\n",
                  static_cast<unsigned long long>(seed));
      right = false;
    }
    for (stress::history& each : by_key) {
      longest = std::max(longest, each.size());
      ++histories;
      const stress::verdict found = stress::judge(each);
      if (found == stress::verdict::linearizable) continue;
      std::printf("round %llu: %s:\n%s", static_cast<unsigned long long>(seed),
                  found == stress::verdict::impossible
                      ? "no order of these operations explains what they saw"
                      : "no order was found in time",
                  stress::describe(each).c_str());
      right = false;
    }
    if (!now->end()) {
      std::printf("round %llu: a waiter is left\n", static_cast<unsigned long long>(seed));
      right = false;
    }
  }
  over.store(true);
  start.arrive_and_wait();
  for (std::thread& each : workers) each.join();

  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("%llu operations, %llu histories of up to %zu events, %.1f s: %s\n",
              static_cast<unsigned long long>(operations),
              static_cast<unsigned long long>(histories), longest, took.count(),
              right ? "all linearizable" : "FAILED");
  return right ? 0 : 1;
}
