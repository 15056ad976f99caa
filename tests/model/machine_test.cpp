// The machine shows what x86-TSO allows, all of it and nothing else.
#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include "engine/arena.hpp"
#include "engine/explore.hpp"
#include "engine/machine.hpp"
#include "support/catch.hpp"

namespace machine_test {

using model::late_atomic;
using model::machine;

enum class code { load, store, exchange, barrier };
struct instruction {
  code what;
  std::size_t cell;
};
// Stores and exchanges write 1, 2, 3 … in the order of the text.
using listing = std::vector<std::vector<instruction>>;
// What the loads and exchanges found, thread by thread, and what the cells hold in the end.
using outcome = std::vector<int>;
using outcomes = std::set<outcome>;

constexpr std::size_t cells = 2;

int first_value(const listing& code, std::size_t thread) {
  std::size_t before = 1;
  for (std::size_t i = 0; i < thread; ++i) before += code[i].size();
  return static_cast<int>(before);
}

class litmus : public model::execution {
 public:
  litmus(const listing& code, outcomes& seen) : code_(code), seen_(seen), found_(code.size()) {}

  model::thread_functions threads() override {
    model::thread_functions bodies;
    for (std::size_t i = 0; i < code_.size(); ++i) bodies.emplace_back([this, i] { run(i); });
    return machine::current().start(bodies, &local_, std::vector<void*>(code_.size()));
  }
  void finish() override {
    outcome all;
    for (const auto& each : found_) all.insert(all.end(), each.begin(), each.end());
    for (const auto& each : cells_) all.push_back(each.load());
    const model::arena::pause kept;
    seen_.insert(outcome(all));
  }

 private:
  void run(std::size_t thread) {
    int value = first_value(code_, thread);
    for (const auto& [what, cell] : code_[thread]) {
      switch (what) {
        case code::load:
          found_[thread].push_back(cells_[cell].load());
          break;
        case code::store:
          cells_[cell].store(value);
          break;
        case code::exchange:
          found_[thread].push_back(cells_[cell].exchange(value));
          break;
        case code::barrier:
          machine::current().barrier();
          break;
      }
      ++value;
    }
  }

  const listing& code_;
  outcomes& seen_;
  std::vector<outcome> found_;
  std::array<late_atomic<int>, cells> cells_;
  void* local_ = nullptr;
};

outcomes explored(const listing& code) {
  outcomes seen;
  const model::report done = model::explore([&] { return std::make_unique<litmus>(code, seen); });
  CHECK(done.failure.empty());
  CHECK(done.exhausted);
  return seen;
}

// The same by the definition of TSO: from each state, whatever may come next.
class definition {
 public:
  static outcomes of(const listing& code) {
    definition self(code);
    self.go_on({std::vector<thread>(code.size()), {}});
    return self.found_;
  }

 private:
  struct thread {
    std::size_t at = 0;
    std::size_t flushed = 0;  // processors that a barrier is done with, its own first
    std::vector<std::pair<std::size_t, int>> late{};
    outcome found{};
    auto operator<=>(const thread&) const = default;
  };
  struct state {
    std::vector<thread> threads;
    std::array<int, cells> memory;
    auto operator<=>(const state&) const = default;
  };

  explicit definition(const listing& code) : code_(code) {}

  void go_on(const state& now) {
    if (!visited_.insert(now).second) return;
    bool ended = true;
    for (std::size_t i = 0; i < code_.size(); ++i) {
      if (!now.threads[i].late.empty()) {
        ended = false;
        state next = now;
        auto& late = next.threads[i].late;
        next.memory[late[0].first] = late[0].second;
        late.erase(late.begin());
        go_on(next);
      }
      if (now.threads[i].at < code_[i].size()) {
        ended = false;
        step(now, i);
      }
    }
    if (!ended) return;
    outcome all;
    for (const thread& each : now.threads)
      all.insert(all.end(), each.found.begin(), each.found.end());
    all.insert(all.end(), now.memory.begin(), now.memory.end());
    found_.insert(all);
  }

  void step(state next, std::size_t i) {
    thread& self = next.threads[i];
    const auto [what, cell] = code_[i][self.at];
    const int value = first_value(code_, i) + static_cast<int>(self.at);
    switch (what) {
      case code::load: {
        int seen = next.memory[cell];
        for (const auto& [to, late] : self.late) seen = to == cell ? late : seen;
        self.found.push_back(seen);
        break;
      }
      case code::store:
        self.late.emplace_back(cell, value);
        break;
      case code::exchange:
        if (!self.late.empty()) return;
        self.found.push_back(std::exchange(next.memory[cell], value));
        break;
      case code::barrier:
        if (!next.threads[(i + self.flushed) % code_.size()].late.empty()) return;
        if (++self.flushed != code_.size()) return go_on(next);
        self.flushed = 0;
        break;
    }
    ++self.at;
    go_on(next);
  }

  const listing& code_;
  std::set<state> visited_;
  outcomes found_;
};

constexpr instruction load(std::size_t cell) { return {code::load, cell}; }
constexpr instruction store(std::size_t cell) { return {code::store, cell}; }
constexpr instruction exchange(std::size_t cell) { return {code::exchange, cell}; }
constexpr instruction barrier = {code::barrier, 0};

bool may_both_find_nothing(const listing& code) {
  const outcomes seen = explored(code);
  return std::any_of(seen.begin(), seen.end(),
                     [](const outcome& each) { return each[0] == 0 && each[1] == 0; });
}

TEST_CASE("a store may be seen after a load that follows it, unless a barrier stands on one side") {
  CHECK(may_both_find_nothing({{store(0), load(1)}, {store(1), load(0)}}));
  CHECK_FALSE(may_both_find_nothing({{store(0), load(1)}, {store(1), barrier, load(0)}}));
}

TEST_CASE("an exchange lets all stores before it be seen") {
  const outcomes seen = explored({{store(0), exchange(1)}, {exchange(1), load(0)}});
  // Who comes second to the exchange: the other one's store.
  CHECK(seen == outcomes{{0, 2, 1, 1, 3}, {3, 0, 0, 1, 2}, {3, 0, 1, 1, 2}});
}

TEST_CASE("the reduced search reaches every outcome that x86-TSO allows, and no other") {
  std::mt19937 random(1);
  std::size_t several = 0;
  for (int program = 0; program < 300; ++program) {
    listing written(2 + random() % 2);
    for (auto& thread : written) {
      const std::size_t length = written.size() == 2 ? 1 + random() % 4 : 1 + random() % 2;
      for (std::size_t i = 0; i < length; ++i) {
        // Stores and loads more often than the others. No three loads in a row: the third, of a loop that
        // looks at the same cell, would find what the second has found.
        const auto what = static_cast<code>(random() % 6 % 4);
        thread.push_back({i == 2 && what == code::load ? code::store : what, random() % cells});
      }
    }
    const outcomes allowed = definition::of(written);
    CAPTURE(program);
    REQUIRE(explored(written) == allowed);
    several += allowed.size() > 4;
  }
  CHECK(several > 50);
}

}  // namespace machine_test
