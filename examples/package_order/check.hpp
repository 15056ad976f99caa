// check: computes by loops, without coroutines, what the installation must have found.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dpkg_status.hpp"
#include "installation.hpp"

namespace package_order {

inline void require(bool right, const std::string& what) {
  if (!right) throw std::runtime_error("wrong: " + what);
}

// Installs in rounds whatever has all its dependencies, until a round changes nothing.
inline std::size_t packages_free_of_circles(const packages& all) {
  std::set<std::string> done;
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [name, self] : all) {
      const auto is_done = [&](const std::string& each) { return done.contains(each); };
      if (std::ranges::all_of(self.dependencies, [&](const alternatives& each) {
            return std::ranges::any_of(each, is_done);
          })) {
        changed = done.insert(name).second || changed;
      }
    }
  }
  return done.size();
}

// What is reached from `start` by next(name), a sequence of names; `start` too.
template <class Next>
std::set<std::string> reachable(const std::string& start, Next next) {
  std::set<std::string> reached{start};
  std::vector<std::string> open{start};
  while (!open.empty()) {
    const std::string here = std::move(open.back());
    open.pop_back();
    for (const std::string& each : next(here)) {
      if (reached.insert(each).second) open.push_back(each);
    }
  }
  return reached;
}

// Throws std::runtime_error where the result is wrong.
inline void check(const packages& all, const installation& result) {
  require(result.first_round() == packages_free_of_circles(all), "the packages free of circles");

  std::map<std::string, installed> done;
  result.done().for_each(
      [&](const std::string& name, const installed& each) { done[name] = each; });
  require(done.size() == all.size(), "the number of packages");

  const auto all_below = [&](const std::string& name) {
    std::vector<std::string> next;
    for (const alternatives& each : all.at(name).dependencies) {
      next.insert(next.end(), each.begin(), each.end());
    }
    return next;
  };
  for (const auto& [who, on_whom] : result.given_up()) {
    require(reachable(on_whom, all_below).contains(who), who + " -> " + on_whom + " is no circle");
  }

  std::map<std::string, std::size_t> depth;
  for (const auto& [name, self] : all) {
    depth[name] = 1;
    for (const alternatives& each : self.dependencies) {
      require(std::ranges::any_of(each,
                                  [&](const std::string& one) {
                                    return std::ranges::count(done[name].uses, one) != 0 ||
                                           result.given_up().contains({name, one});
                                  }),
              "the dependencies of " + name);
    }
    const auto used_by = [&](const std::string& each) -> auto& { return done[each].uses; };
    require(*done[name].closure == reachable(name, used_by), "what is used by " + name);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& [name, each] : done) {
      for (const std::string& used : each.uses) {
        if (depth[name] > depth[used]) continue;
        depth[name] = depth[used] + 1;
        changed = true;
      }
    }
  }
  for (const auto& [name, each] : done) require(each.depth == depth[name], "the depth of " + name);
}

}  // namespace package_order
