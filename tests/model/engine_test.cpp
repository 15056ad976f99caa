// The checker finds what it is there to find, and misses no outcome that a search of all schedules has.
#include <array>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <vector>

#include "engine/arena.hpp"
#include "engine/condition_variable.hpp"
#include "engine/explore.hpp"
#include "engine/sanitizer.hpp"
#include "engine/schedule_text.hpp"
#include "engine/stop_token.hpp"
#include "engine/sync.hpp"
#include "support/catch.hpp"

namespace engine_test {

using model::access;
using model::check;
using model::explore;
using model::scheduler;
using model::search_options;
using model::strategy;

search_options exhaustive(int preemption_bound = -1) {
  search_options options;
  options.how = strategy::exhaustive;
  options.preemption_bound = preemption_bound;
  return options;
}

search_options replay(const std::string& schedule) {
  search_options options;
  options.how = strategy::replay;
  options.replayed = model::parse_schedule(schedule);
  return options;
}

template <class Program>
std::unique_ptr<model::execution> make() {
  return std::make_unique<Program>();
}

// Two increments, each a load and a store.
struct lost_update : model::execution {
  model::atomic<int> counter;
  model::thread_functions threads() override {
    const auto increment = [this] { counter.store(counter.load() + 1); };
    return {increment, increment};
  }
  void finish() override { check(counter.load() == 2, "an update is lost"); }
};

TEST_CASE("the checker finds a lost update and replays it") {
  const model::report found = explore(make<lost_update>);
  CHECK(found.failure == "an update is lost");
  CHECK(explore(make<lost_update>, replay(found.schedule)).failure == found.failure);
  CHECK(explore(make<lost_update>, replay("0x3 1x3")).failure.empty());
}

TEST_CASE("a lost update takes one preemption") {
  CHECK(explore(make<lost_update>, exhaustive(0)).failure.empty());
  CHECK(explore(make<lost_update>, exhaustive(1)).failure == "an update is lost");
}

TEST_CASE("random schedules find a lost update, the same for the same seed") {
  search_options options;
  options.how = strategy::random;
  const model::report first = explore(make<lost_update>, options, {.schedules = 1000});
  const model::report second = explore(make<lost_update>, options, {.schedules = 1000});
  CHECK(first.failure == "an update is lost");
  CHECK(first.schedule == second.schedule);
  CHECK(first.schedules == second.schedules);
}

struct two_locks : model::execution {
  model::mutex left;
  model::mutex right;
  static void both(model::mutex& first, model::mutex& second) {
    first.lock();
    second.lock();
    second.unlock();
    first.unlock();
  }
  model::thread_functions threads() override {
    return {[this] { both(left, right); }, [this] { both(right, left); }};
  }
};

TEST_CASE("the checker finds a deadlock") {
  CHECK(explore(make<two_locks>).failure == "deadlock: T0 at lock T1 at lock");
}

// One thread sleeps until the other has set a flag, which it does with or without the mutex.
template <bool Locked>
struct sleeper : model::execution {
  model::mutex lock;
  model::condition_variable changed;
  model::atomic<bool> flag{false};
  model::thread_functions threads() override {
    const auto sleep = [this] {
      std::unique_lock held(lock);
      changed.wait(held, [this] { return flag.load(); });
    };
    const auto set = [this] {
      std::unique_lock held(lock, std::defer_lock);
      if (Locked) held.lock();
      flag.store(true);
      changed.notify_one();
    };
    return {sleep, set};
  }
};

TEST_CASE("the checker finds a lost wake-up") {
  CHECK(explore(make<sleeper<false>>).failure == "deadlock: T0 at sleep");
  CHECK(explore(make<sleeper<true>>).failure.empty());
}

// A deadline, which the sleeper may meet or miss.
struct hasty_sleeper : sleeper<true> {
  static inline std::array<int, 2> count;  // of the deadlines missed, and met
  model::thread_functions threads() override {
    const auto sleep = [this] {
      std::unique_lock held(lock);
      const auto deadline = model::deadline_clock::start();
      while (!flag.load() && model::deadline_clock::now() < deadline) changed.wait_for(held, 0);
      ++count[flag.load() ? 1 : 0];
    };
    return {sleep, sleeper<true>::threads()[1]};
  }
};

TEST_CASE("a deadline passes, or does not") {
  hasty_sleeper::count = {};
  CHECK(explore(make<hasty_sleeper>).failure.empty());
  CHECK(hasty_sleeper::count[0] > 0);
  CHECK(hasty_sleeper::count[1] > 0);
}

struct locked_twice : model::execution {
  model::mutex lock;
  model::thread_functions threads() override {
    return {[this] {
      lock.lock();
      lock.lock();
    }};
  }
};

TEST_CASE("the checker finds a mutex locked by its owner") {
  CHECK(explore(make<locked_twice>).failure == "self-deadlock: a mutex is locked by its owner");
}

struct destroyed_while_held : model::execution {
  std::unique_ptr<model::mutex> lock = std::make_unique<model::mutex>();
  model::thread_functions threads() override {
    return {[this] {
      lock->lock();
      lock.reset();
    }};
  }
};

TEST_CASE("the checker finds a mutex destroyed while it is held") {
  CHECK(explore(make<destroyed_while_held>).failure == "a mutex is destroyed while it is held");
}

struct endless : model::execution {
  model::atomic<bool> never;
  model::thread_functions threads() override {
    return {[this] {
      while (!never.load()) {
      }
    }};
  }
};

TEST_CASE("the checker finds an execution that does not end") {
  CHECK(explore(make<endless>).failure == "livelock: the execution does not end");
}

struct leaking : model::execution {
  model::thread_functions threads() override {
    return {[] { lost = new int(1); }};
  }
  static inline volatile int* volatile lost;
};

TEST_CASE("the checker finds a leak") {
  CHECK(explore(make<leaking>).failure == "1 blocks of memory leaked");
}

struct written_after_free : model::execution {
  model::thread_functions threads() override {
    return {[] {
      volatile int* volatile number = new int(1);
      delete number;
      *number = 2;
    }};
  }
};

TEST_CASE("the checker finds a write to freed memory") {
  if (model::address_sanitizer) return;  // it would end the program, rightly
  CHECK(explore(make<written_after_free>).failure ==
        "memory was written to after it had been freed");
}

struct independent : model::execution {
  std::array<model::atomic<int>, 4> counters;
  model::thread_functions threads() override {
    model::thread_functions all;
    for (auto& counter : counters) {
      all.emplace_back([&counter] {
        counter.store(1);
        counter.store(2);
      });
    }
    return all;
  }
};

TEST_CASE("steps that commute are run in one order only") {
  const model::report result = explore(make<independent>);
  CHECK(result.exhausted);
  CHECK(result.schedules == 1);
}

// A thread unlocks and writes to a frame that another may have destroyed by then.
struct touch_after_publish : model::execution {
  model::mutex lock;
  bool published = false;
  bool destroyed = false;
  model::thread_functions threads() override {
    return {[this] {
              auto& here = scheduler::current().here();
              here.suspending = this;
              lock.lock();
              published = true;
              lock.unlock();
              check(!destroyed, "touched after it was published");
              here.suspending = nullptr;
            },
            [this] {
              lock.lock();
              const bool resumes = published;
              lock.unlock();
              if (!resumes) return;
              scheduler::current().point({this, access::write, "resume"});
              destroyed = true;
            }};
  }
};

TEST_CASE("the checker finds a touch of a coroutine after it was published") {
  CHECK(explore(make<touch_after_publish>).failure == "touched after it was published");
}

struct throwing : model::execution {
  model::atomic<int> turn;
  static void thrower(model::atomic<int>& turn, int value) {
    try {
      turn.load();
      throw value;
    } catch (int caught) {
      turn.load();  // another fiber throws and catches here
      turn.store(1);
      check(caught == value && std::uncaught_exceptions() == 0,
            "an exception reached another fiber");
      try {
        throw;
      } catch (int again) {
        check(again == value, "an exception was exchanged");
      }
    }
  }
  model::thread_functions threads() override {
    return {[this] { thrower(turn, 1); }, [this] { thrower(turn, 2); }};
  }
};

TEST_CASE("each fiber has its own exceptions") {
  const model::report result = explore(make<throwing>);
  CHECK(result.failure.empty());
  CHECK(result.exhausted);
}

struct stopped : model::execution {
  model::stop_source source;
  model::atomic<int> runs;
  bool gone = false;
  model::thread_functions threads() override {
    return {[this] {
              const auto function = [this] {
                runs.fetch_add(1);
                check(!gone, "a stop callback runs after its end");
              };
              std::optional<model::stop_callback<decltype(function)>> callback;
              callback.emplace(source.get_token(), function);
              callback.reset();
              gone = true;
              const int ran = runs.load();
              const model::arena::pause kept;
              seen.insert(ran);
            },
            [this] { source.request_stop(); }};
  }
  static inline std::set<int> seen;
};

TEST_CASE("a stop callback runs once or not at all, and never after its end") {
  stopped::seen.clear();
  const model::report result = explore(make<stopped>);
  CHECK(result.failure.empty());
  CHECK(result.exhausted);
  CHECK(stopped::seen == std::set<int>{0, 1});
}

// A few threads that load, store, add, and do so under locks that they hold meanwhile.
struct random_program : model::execution {
  enum class instruction { load, store, add, swap, locked_add, nested_locks, await };
  struct line {
    instruction what;
    std::size_t object;
  };
  using listing = std::vector<std::vector<line>>;

  explicit random_program(const listing& code) : code_(code), results_(code.size()) {}

  model::thread_functions threads() override {
    model::thread_functions all;
    for (std::size_t i = 0; i < code_.size(); ++i) {
      all.emplace_back([this, i] {
        for (const line& next : code_[i]) run(next, static_cast<int>(i) + 1, results_[i]);
      });
    }
    return all;
  }

  void run(const line& next, int number, int& result) {
    auto& cell = cells_[next.object];
    auto& lock = locks_[next.object];
    auto& other = locks_[1 - next.object];
    switch (next.what) {
      case instruction::load:
        result = result * 7 + cell.load();
        break;
      case instruction::store:
        cell.store(number);
        break;
      case instruction::add:
        cell.fetch_add(number);
        break;
      case instruction::swap:
        result = result * 7 + cell.exchange(number);
        break;
      case instruction::locked_add:
        lock.lock();
        guarded_[next.object] = guarded_[next.object] * 3 + number;
        cell.store(cell.load() + number);
        lock.unlock();
        break;
      case instruction::nested_locks:
        lock.lock();
        other.lock();
        result = result * 7 + guarded_[0] + 5 * guarded_[1];
        other.unlock();
        lock.unlock();
        break;
      case instruction::await:
        scheduler::current().point({&cell, access::block, "await"}, &is_set, &cell);
        result = result * 7 + cell.load();
        break;
    }
  }

  void finish() override {
    std::vector<int> outcome = results_;
    for (auto& cell : cells_) outcome.push_back(cell.load());
    for (int value : guarded_) outcome.push_back(value);
    const model::arena::pause kept;
    outcomes.insert(std::vector<int>(outcome));
  }

  static bool is_set(const void* cell) {
    return static_cast<const model::atomic<int>*>(cell)->peek() != 0;
  }

  static inline std::set<std::vector<int>> outcomes;

 private:
  const listing& code_;
  std::vector<int> results_;
  std::array<model::atomic<int>, 2> cells_;
  std::array<model::mutex, 2> locks_;
  std::array<int, 2> guarded_{};  // each by its lock
};

TEST_CASE("the reduced search reaches every outcome, and every deadlock, that all schedules have") {
  std::mt19937 random(1);
  int deadlocks = 0;
  std::uint64_t all_schedules = 0;
  std::uint64_t reduced_schedules = 0;
  for (int program = 0; program < 150; ++program) {
    random_program::listing code(2 + random() % 2);
    for (auto& thread : code) {
      thread.resize(1 + random() % (code.size() == 2 ? 3 : 2));
      for (auto& next : thread) {
        next = {static_cast<random_program::instruction>(random() % 7), random() % 2};
      }
    }
    const auto run = [&](const search_options& options) {
      random_program::outcomes.clear();
      return explore([&] { return std::make_unique<random_program>(code); }, options);
    };
    const model::report all = run(exhaustive());
    const auto outcomes = random_program::outcomes;
    const model::report reduced = run({});
    CAPTURE(program, all.schedules, reduced.schedules);
    REQUIRE(all.failure.empty() == reduced.failure.empty());
    if (!all.failure.empty()) {
      ++deadlocks;
      continue;
    }
    REQUIRE(all.exhausted);
    REQUIRE(reduced.exhausted);
    REQUIRE(outcomes == random_program::outcomes);
    all_schedules += all.schedules;
    reduced_schedules += reduced.schedules;
  }
  CHECK(deadlocks > 10);
  CHECK(reduced_schedules * 5 < all_schedules);
}

}  // namespace engine_test
