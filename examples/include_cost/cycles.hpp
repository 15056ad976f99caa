// cycles: finds headers that include one another.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source_tree.hpp"

namespace include_cost {

// Headers each of which pulls in all the others, or one that includes itself; sorted by path.
using cycle = std::vector<const header*>;

// Tarjan's strongly connected components, with a stack of its own since chains may be long.
class cycle_finder {
 public:
  // Includes that lead out of `headers` are left aside.
  explicit cycle_finder(const std::vector<const header*>& headers) {
    std::unordered_map<std::string_view, std::size_t> index;
    for (const header* each : headers) {
      index.emplace(each->path, nodes_.size());
      nodes_.emplace_back().self = each;
    }
    for (node& each : nodes_) {
      for (const std::string& include : each.self->includes) {
        const auto found = index.find(include);
        if (found != index.end()) each.next.push_back(found->second);
      }
    }
  }

  std::vector<cycle> find() && {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].number == 0) visit(i);
    }
    std::ranges::sort(cycles_, {}, [](const cycle& each) { return each.front()->path; });
    return std::move(cycles_);
  }

 private:
  struct node {
    const header* self = nullptr;
    std::vector<std::size_t> next;
    std::size_t followed = 0;  // how many of `next`
    std::size_t number = 0;    // order of the first visit, from 1
    std::size_t lowest = 0;    // the lowest number known to be reachable
    bool open = false;         // its component is not complete
  };

  void visit(std::size_t start) {
    std::vector<std::size_t> way;
    enter(start, way);
    while (!way.empty()) {
      const std::size_t current = way.back();
      node& here = nodes_[current];
      if (here.followed < here.next.size()) {
        const std::size_t target = here.next[here.followed++];
        if (nodes_[target].number == 0) {
          enter(target, way);
        } else if (nodes_[target].open) {
          here.lowest = std::min(here.lowest, nodes_[target].number);
        }
      } else {
        way.pop_back();
        if (!way.empty()) {
          node& before = nodes_[way.back()];
          before.lowest = std::min(before.lowest, here.lowest);
        }
        if (here.lowest == here.number) close_component(current);
      }
    }
  }

  void enter(std::size_t index, std::vector<std::size_t>& way) {
    node& entered = nodes_[index];
    entered.number = entered.lowest = ++visited_;
    entered.open = true;
    open_.push_back(index);
    way.push_back(index);
  }

  void close_component(std::size_t first) {
    cycle component;
    for (bool more = true; more;) {
      node& last = nodes_[open_.back()];
      more = open_.back() != first;
      last.open = false;
      component.push_back(last.self);
      open_.pop_back();
    }
    const bool includes_itself = std::ranges::count(nodes_[first].next, first) != 0;
    if (component.size() == 1 && !includes_itself) return;
    std::ranges::sort(component, {}, &header::path);
    cycles_.push_back(std::move(component));
  }

  std::vector<node> nodes_;
  std::vector<std::size_t> open_;
  std::size_t visited_ = 0;
  std::vector<cycle> cycles_;
};

// The shortest way from the first header of a cycle back to it; the first is not repeated.
inline std::vector<const header*> shortest_loop(const cycle& members) {
  std::unordered_map<std::string_view, const header*> member;
  for (const header* each : members) member.emplace(each->path, each);

  std::unordered_map<const header*, const header*> came_from;
  std::deque<const header*> reached{members.front()};
  while (!reached.empty()) {
    const header* here = reached.front();
    reached.pop_front();
    for (const std::string& include : here->includes) {
      const auto found = member.find(include);
      if (found == member.end()) continue;
      if (!came_from.emplace(found->second, here).second) continue;
      reached.push_back(found->second);
    }
  }

  std::vector<const header*> loop;
  const header* here = members.front();
  do {
    here = came_from.at(here);
    loop.push_back(here);
  } while (here != members.front());
  std::ranges::reverse(loop);
  return loop;
}

}  // namespace include_cost
