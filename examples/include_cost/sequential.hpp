// sequential_measurement: the same figures in another way, to check the parallel ones against. It
// reads all files anew, walks the closure of every header from scratch, learns who is on a cycle
// from the walks that come back to where they started, and raises depths until none changes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "cost.hpp"
#include "progress.hpp"
#include "source_tree.hpp"

namespace include_cost {

class sequential_measurement {
 public:
  // Reads these headers and all that they include. Throws std::system_error.
  sequential_measurement(const source_tree& tree, const std::vector<std::string>& paths) {
    for (const std::string& path : paths) index_of(path);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {  // grows meanwhile
      const header read = tree.read(nodes_[i].path);
      nodes_[i].lines = read.lines;
      for (const std::string& include : read.includes) {
        const std::size_t target = index_of(include);
        nodes_[i].includes.push_back(target);
        nodes_[target].edges_to_it.push_back(edges_.size());
        edges_.push_back({i, target});
      }
    }
  }

  figures_by_path run(progress& shown) {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      shown.show("checked", i, nodes_.size());
      walk_closure(i);
    }
    raise_depths();
    figures_by_path results;
    for (const node& each : nodes_) results[each.path] = each.result;
    return results;
  }

 private:
  struct node {
    std::string path;
    std::size_t lines = 0;
    std::vector<std::size_t> includes;
    std::vector<std::size_t> edges_to_it;
    figures result{.depth = 1};
    std::size_t last_walk = 0;  // that came here
  };

  struct edge {
    std::size_t from;
    std::size_t to;
    bool on_cycle = false;
  };

  std::size_t index_of(const std::string& path) {
    const auto [place, added] = index_.emplace(path, nodes_.size());
    if (added) nodes_.emplace_back().path = path;
    return place->second;
  }

  void walk_closure(std::size_t start) {
    const std::size_t walk = start + 1;
    std::vector<std::size_t> reached{start};
    nodes_[start].last_walk = walk;
    for (std::size_t i = 0; i < reached.size(); ++i) {  // grows meanwhile
      for (const std::size_t target : nodes_[reached[i]].includes) {
        if (nodes_[target].last_walk == walk) continue;
        nodes_[target].last_walk = walk;
        reached.push_back(target);
      }
    }

    figures& result = nodes_[start].result;
    result.headers = reached.size();
    for (const std::size_t each : reached) result.lines += nodes_[each].lines;

    for (const std::size_t index : nodes_[start].edges_to_it) {
      edge& incoming = edges_[index];
      if (nodes_[incoming.from].last_walk != walk) continue;
      incoming.on_cycle = true;
      result.on_cycle = true;
    }
  }

  void raise_depths() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const edge& each : edges_) {
        std::size_t& depth = nodes_[each.from].result.depth;
        const std::size_t least = nodes_[each.to].result.depth + (each.on_cycle ? 0 : 1);
        if (depth >= least) continue;
        depth = least;
        changed = true;
      }
    }
  }

  std::vector<node> nodes_;
  std::vector<edge> edges_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace include_cost
