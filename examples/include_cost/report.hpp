// report: prints what was measured.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iomanip>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cost.hpp"
#include "cycles.hpp"
#include "source_tree.hpp"

namespace include_cost {

struct counted {
  std::size_t number;
  std::string_view noun;

  friend std::ostream& operator<<(std::ostream& out, const counted& self) {
    return out << self.number << ' ' << self.noun << (self.number == 1 ? "" : "s");
  }
};

inline void print_totals(std::ostream& out, std::string_view measured,
                         const std::vector<std::unique_ptr<const header>>& headers) {
  std::size_t lines = 0, directives = 0, external = 0;
  for (const auto& each : headers) {
    lines += each->lines;
    directives += each->directives;
    external += each->external;
  }
  out << measured << ": " << counted{headers.size(), "header"} << ", " << counted{lines, "line"}
      << ", " << counted{directives, "include"} << " (" << external << " external)\n";
}

inline void print_most_expensive(std::ostream& out, const figures_by_path& results,
                                 const source_tree& tree) {
  using entry = const figures_by_path::value_type*;
  std::vector<entry> entries;
  for (const auto& each : results) entries.push_back(&each);
  std::ranges::sort(entries, [](entry left, entry right) {
    return std::pair(right->second.lines, left->first) <
           std::pair(left->second.lines, right->first);
  });
  if (entries.size() > 10) entries.resize(10);

  out << "\n    lines  headers  depth\n";
  for (const entry each : entries) {
    const auto& [path, result] = *each;
    out << std::setw(9) << result.lines << std::setw(9) << result.headers << std::setw(7)
        << result.depth << "  " << tree.name_of(path) << '\n';
  }
}

inline void print_cycles(std::ostream& out, const std::vector<cycle>& cycles,
                         std::size_t cancelled_waits, const source_tree& tree) {
  if (cycles.empty()) {
    out << "\nno cycles\n";
    return;
  }
  out << '\n'
      << counted{cycles.size(), "cycle"} << ", broken by cancelling "
      << counted{cancelled_waits, "wait"} << ":\n";
  for (const cycle& members : cycles) {
    const auto loop = shortest_loop(members);
    const std::size_t shown = std::min<std::size_t>(loop.size(), 10);
    out << "  ";
    for (std::size_t i = 0; i < shown; ++i) out << tree.name_of(loop[i]->path) << " -> ";
    if (shown < loop.size()) out << "... -> ";
    out << tree.name_of(loop.front()->path);
    if (shown < members.size()) out << " (" << members.size() << " headers in all)";
    out << '\n';
  }
}

}  // namespace include_cost
