// parallel_measurement: the cost of every header, each computed once, by a coroutine of its own
// that waits, by path, for the costs of the headers it includes.
//
// Headers that include one another would wait for ever. They are found when the pool is quiescent,
// that is when no task can run though some wait. Then the waits on the cycles are cancelled: a task
// that finds itself on a cycle ends, and one new task per cycle measures its headers together; who
// only waited for a header of a cycle waits again, and gets the result.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "cost.hpp"
#include "cycles.hpp"
#include "progress.hpp"
#include "source_tree.hpp"
#include "thread_pool.hpp"

namespace include_cost {

// Waiters continue on the pool, whoever inserted their value.
struct pool_policy : waitmap::default_policy {
  using resumer = resume_on_pool;
};

class parallel_measurement {
 public:
  parallel_measurement(const source_tree& tree, std::size_t threads)
      : tree_(tree), pool_(threads), costs_(resume_on_pool(pool_)) {}
  parallel_measurement(const parallel_measurement&) = delete;
  parallel_measurement& operator=(const parallel_measurement&) = delete;

  // No task may outlive what it uses: closing ends every wait, so that every task comes to its end.
  ~parallel_measurement() {
    costs_.close();
    pool_.wait_idle();
  }

  // Measures these headers and all that they include. To be called once.
  // Throws std::runtime_error where a file cannot be read.
  void run(const std::vector<std::string>& paths, progress& shown) {
    for (const std::string& path : paths) start(path);
    wait_until_quiescent(shown);
    if (costs_.waiting() != 0) {
      break_cycles();
      wait_until_quiescent(shown);
    }
    if (failure_) throw std::runtime_error(*failure_);
  }

  figures_by_path results() const {
    figures_by_path results;
    costs_.for_each([&](const std::string& path, const cost& each) {
      results[path] = {each.lines, each.closure->size(), each.depth, on_cycle_.contains(each.of)};
    });
    return results;
  }
  const std::vector<std::unique_ptr<const header>>& headers() const { return headers_; }
  const std::vector<cycle>& cycles() const { return cycles_; }
  std::size_t cancelled_waits() const { return cancelled_waits_; }

 private:
  // Only the first to name a header starts its task.
  void start(const std::string& path) {
    const auto first = started_.insert(path, std::monostate());
    if (first) measure_file(path);
  }

  detached_task measure_file(std::string path) {
    co_await pool_.schedule();
    try {
      if (costs_.closed()) co_return;
      const header& self = keep(tree_.read(path));
      for (const std::string& include : self.includes) start(include);

      cost_sum sum({&self});
      for (const std::string& include : self.includes) {
        std::optional<cost> included = co_await costs_.wait(include);
        while (!included) {
          if (costs_.closed() || on_cycle_.contains(&self)) co_return;
          included = co_await costs_.wait(include);  // not our cycle
        }
        sum.add(*included);
      }
      publish(std::move(sum));
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  // Takes the place of the tasks of `members`, which have ended.
  detached_task measure_cycle(const cycle& members) {
    co_await pool_.schedule();
    try {
      cost_sum sum(members);
      std::set<std::string> outside;
      for (const header* member : members) {
        outside.insert(member->includes.begin(), member->includes.end());
      }
      for (const header* member : members) outside.erase(member->path);
      for (const std::string& include : outside) {
        std::optional<cost> included = co_await costs_.wait(include);
        if (!included) co_return;  // closed
        sum.add(*included);
      }
      publish(std::move(sum));
    } catch (const std::exception& error) {
      fail(error.what());
    }
  }

  void publish(cost_sum sum) {
    for (cost& each : std::move(sum).finish()) {
      const std::string& path = each.of->path;
      costs_.insert(path, std::move(each));
    }
  }

  const header& keep(header read) {
    auto kept = std::make_unique<const header>(std::move(read));
    const std::lock_guard lock(mutex_);
    return *headers_.emplace_back(std::move(kept));
  }

  // The first failure is the one to be told. All tasks end: their results would not be complete.
  void fail(std::string message) {
    {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::move(message);
    }
    costs_.close();
  }

  void wait_until_quiescent(progress& shown) {
    while (!pool_.wait_idle_for(std::chrono::milliseconds(100))) {
      shown.show("measured", costs_.size(), started_.size());
    }
  }

  // No task runs, so what they share can be read and written without a lock. Every task that waits
  // leads to a cycle, or is on one.
  void break_cycles() {
    std::vector<const header*> unfinished;
    for (const auto& each : headers_) {
      if (!costs_.contains(each->path)) unfinished.push_back(each.get());
    }
    cycles_ = cycle_finder(unfinished).find();

    std::set<std::string> awaited;  // by the tasks on cycles
    for (const cycle& members : cycles_) {
      for (const header* member : members) {
        on_cycle_.insert(member);
        awaited.insert(awaited_by(*member));
      }
    }
    for (const std::string& path : awaited) cancelled_waits_ += costs_.cancel(path);
    for (const cycle& members : cycles_) measure_cycle(members);
  }

  // A task waits for its includes one after the other: now for the first that has no cost.
  const std::string& awaited_by(const header& waiting) const {
    return *std::ranges::find_if(waiting.includes,
                                 [&](const std::string& path) { return !costs_.contains(path); });
  }

  const source_tree& tree_;
  thread_pool pool_;
  waitmap::wait_map<std::string, std::monostate> started_;  // a concurrent set
  waitmap::wait_map<std::string, cost, waitmap::default_hash<std::string>,
                    waitmap::default_equal<std::string>, pool_policy>
      costs_;

  std::mutex mutex_;  // protects the next two
  std::vector<std::unique_ptr<const header>> headers_;
  std::optional<std::string> failure_;

  // Written by run() while no task runs.
  std::vector<cycle> cycles_;
  std::set<const header*> on_cycle_;
  std::size_t cancelled_waits_ = 0;
};

}  // namespace include_cost
