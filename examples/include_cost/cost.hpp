// cost: what it costs to include a header, and how the costs of its includes add up to it.
//
// The closure of a header is the set of headers it pulls in, directly or not, itself included.
//   lines    of the closure together: a header that comes twice counts once
//   depth    the headers on the longest way down, itself included; the headers of a cycle, which
//            include one another and so pull in the same, count as one step
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "source_tree.hpp"

namespace include_cost {

// The result for one header.
struct figures {
  std::size_t lines = 0;
  std::size_t headers = 0;
  std::size_t depth = 0;
  bool on_cycle = false;

  friend bool operator==(const figures&, const figures&) = default;
};
using figures_by_path = std::map<std::string, figures>;

using header_set = std::vector<const header*>;  // sorted by address

// What a header publishes for those that include it. Many wait for one cost and each gets a copy,
// made under a lock of the map: so the closure is shared, and never changes.
struct cost {
  const header* of = nullptr;
  std::shared_ptr<const header_set> closure;
  std::size_t lines = 0;
  std::size_t depth = 0;
};

// Adds up the cost of one header, or of all headers of a cycle.
class cost_sum {
 public:
  explicit cost_sum(std::vector<const header*> members)
      : members_(std::move(members)), closure_(members_) {
    std::ranges::sort(closure_, std::less<>());
  }

  void add(const cost& included) {
    depth_below_ = std::max(depth_below_, included.depth);
    // A header that is in already has brought its closure along.
    if (std::ranges::binary_search(closure_, included.of, std::less<>())) return;
    header_set both;
    both.reserve(closure_.size() + included.closure->size());
    std::ranges::set_union(closure_, *included.closure, std::back_inserter(both), std::less<>());
    closure_ = std::move(both);
  }

  // One cost for each member.
  std::vector<cost> finish() && {
    std::size_t lines = 0;
    for (const header* each : closure_) lines += each->lines;
    closure_.shrink_to_fit();
    const auto closure = std::make_shared<const header_set>(std::move(closure_));
    std::vector<cost> costs;
    for (const header* member : members_) {
      costs.push_back({member, closure, lines, depth_below_ + 1});
    }
    return costs;
  }

 private:
  std::vector<const header*> members_;
  header_set closure_;
  std::size_t depth_below_ = 0;
};

}  // namespace include_cost
