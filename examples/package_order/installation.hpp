// installation: installs all packages, each as soon as what it depends on is installed. Each is a
// coroutine that waits for others by name.
//
// Packages that depend on each other in a circle wait for ever. When nothing can run any more, and
// so whoever waits does so in vain, one dependency of a circle is given up, as dpkg does.
#pragma once

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <set>
#include <source_location>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "dpkg_status.hpp"

namespace package_order {

struct task {  // starts at once, frees itself at its end
  struct promise_type {
    task get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

// What an installed package tells those that depend on it.
struct installed {
  std::vector<std::string> uses;  // one for each of its dependencies that was not given up
  std::size_t depth = 1;          // of the longest chain of packages that it uses, itself included
  std::shared_ptr<const std::set<std::string>> closure;  // all that it uses, itself included
};

using dependency = std::pair<std::string, std::string>;  // who, on whom
using circle = std::vector<dependency>;                  // each on the next; the first is given up

class installation {
 public:
  explicit installation(const packages& all) : all_(all) {}

  void run() {
    for (const auto& [name, each] : all_) install(each);
    // All coroutines run on this thread, before the call that resumes them returns: so here, those
    // that are not done wait for each other.
    first_round_ = done_.size();
    while (done_.waiting() != 0) {
      const auto& [who, on_whom] = circles_.emplace_back(find_circle()).front();
      given_up_.emplace(who, on_whom);
      done_.cancel(on_whom);
    }
  }

  const waitmap::wait_map<std::string, installed>& done() const { return done_; }
  const std::set<dependency>& given_up() const { return given_up_; }
  const std::vector<circle>& circles() const { return circles_; }
  std::size_t first_round() const { return first_round_; }  // the packages that no circle held up

 private:
  task install(const package& self) {
    installed result;
    std::set<std::string> closure{self.name};
    const auto use = [&](const std::string& name, const installed& used) {
      result.uses.push_back(name);
      result.depth = std::max(result.depth, used.depth + 1);
      closure.insert(used.closure->begin(), used.closure->end());
    };

    std::vector<std::string> needed;
    for (const alternatives& each : self.dependencies) {
      if (each.size() == 1) needed.push_back(each.front());
    }
    while (!needed.empty()) {
      auto outcomes = co_await done_.wait_all(needed);
      std::vector<std::string> again;
      for (std::size_t i = 0; i < needed.size(); ++i) {
        if (outcomes[i]) {
          use(needed[i], *outcomes[i]);
        } else if (!given_up_.contains({self.name, needed[i]})) {
          again.push_back(needed[i]);  // somebody else gave it up
        }
      }
      needed = std::move(again);
    }

    for (const alternatives& each : self.dependencies) {
      for (bool settled = each.size() == 1; !settled && !is_given_up(self.name, each);) {
        auto first = co_await done_.wait_any(each);
        if (first) use(each[first.index], *first.outcome);
        settled = first.outcome.has_value();
      }
    }
    result.closure = std::make_shared<const std::set<std::string>>(std::move(closure));
    done_.insert(self.name, std::move(result));
  }

  // Follows, from a package that somebody waits for, the first dependency that is not done, until it
  // comes back to a package.
  circle find_circle() const {
    std::string here;
    done_.for_each_waiting([&](const std::string& name, std::span<const std::source_location>) {
      if (here.empty() || name < here) here = name;
    });
    circle way;
    for (;;) {
      const auto been_here =
          std::ranges::find(way, here, [](const dependency& step) { return step.first; });
      if (been_here != way.end()) return {been_here, way.end()};
      way.emplace_back(here, awaited_by(here));
      here = way.back().second;
    }
  }

  const std::string& awaited_by(const std::string& waiting) const {
    const auto is_done = [&](const std::string& name) { return done_.contains(name); };
    for (const alternatives& each : all_.at(waiting).dependencies) {
      if (std::ranges::none_of(each, is_done) && !is_given_up(waiting, each)) return each.front();
    }
    throw std::logic_error(waiting + " waits for nothing");
  }

  bool is_given_up(const std::string& who, const alternatives& on_whom) const {
    return std::ranges::any_of(
        on_whom, [&](const std::string& each) { return given_up_.contains({who, each}); });
  }

  const packages& all_;
  waitmap::wait_map<std::string, installed> done_;
  std::set<dependency> given_up_;
  std::vector<circle> circles_;
  std::size_t first_round_ = 0;
};

}  // namespace package_order
