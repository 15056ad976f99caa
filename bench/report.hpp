// The table for people, the picture, and the verdict.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "harness.hpp"
#include "machine.hpp"

namespace bench {

inline std::string formatted(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

inline std::string figure_of(double value) {
  return formatted(value == 0 || value >= 100 ? "%.0f" : value < 1 ? "%.3f" : "%.1f", value);
}

inline std::string target_of(const result& line) {
  if (line.kind == bound::ratio)
    return "≤ " + formatted("%.2f", line.limit) + "× " + line.reference;
  if (line.kind == bound::figure) return "≤ " + figure_of(line.limit) + " " + line.unit;
  return "";
}

// Markdown, one line per contestant: it reads well in a terminal and pastes into the README.
inline void print_tables(const std::vector<result>& results) {
  std::printf("%s\n", describe_machine().c_str());
  std::string table, row;
  for (const result& line : results) {
    if (line.table != table) {
      std::printf(
          "\n### %s\n\n| row | contestant | median | min–max | ratio | target | "
          "|\n|---|---|---|---|---|---|---|\n",
          line.table.c_str());
    }
    const bool first = line.table != table || line.row != row;
    table = line.table;
    row = line.row;
    std::printf("| %s | %s | %s %s | %s–%s | %s | %s | %s |\n", first ? line.row.c_str() : "",
                line.contestant.c_str(), figure_of(line.median).c_str(), line.unit.c_str(),
                figure_of(line.lowest).c_str(), figure_of(line.highest).c_str(),
                line.ratio ? formatted("%.2f", *line.ratio).c_str() : "", target_of(line).c_str(),
                line.kind == bound::none ? ""
                : line.holds()           ? "holds"
                                         : "MISSED");
  }
}

// Says which targets are missed; true if none is.
inline bool print_verdict(const std::vector<result>& results) {
  std::size_t targets = 0, missed = 0;
  for (const result& line : results) {
    if (line.kind == bound::none) continue;
    ++targets;
    if (line.holds()) continue;
    ++missed;
    std::printf("missed: %s, %s: %s where %s is asked\n", line.table.c_str(), line.row.c_str(),
                line.kind == bound::ratio ? (formatted("%.2f", line.judged()) + "×").c_str()
                                          : figure_of(line.judged()).c_str(),
                target_of(line).c_str());
  }
  std::printf("%zu of %zu targets hold\n", targets - missed, targets);
  return missed == 0 && targets != 0;
}

// Tables of what programs do with the map come first in the picture, behind them those of its parts.
inline bool is_of_users(const result& line) {
  static constexpr std::array tables = {"wait", "fan-out", "jobs", "threads", "disorder"};
  return std::find(tables.begin(), tables.end(), line.table) != tables.end();
}

// A bar per row with a ratio target: wait_map over the reference, the limit as a tick, the
// hand-rolled map as a dot.
inline void draw_picture(const std::vector<result>& results, const std::string& path) {
  static constexpr double left = 390, width = 400, step = 20,
                          widest = 4;  // ratios beyond `widest` are cut and say so
  const auto x_of = [](double ratio) { return left + width * std::min(ratio, widest) / widest; };
  std::map<std::string, double> hand_rolled;
  std::vector<result> bars;
  for (const result& line : results) {
    if (line.contestant == "hand-rolled" && line.ratio)
      hand_rolled[line.table + line.row + line.reference] = *line.ratio;
    if (line.kind == bound::ratio && line.ratio) bars.push_back(line);
  }
  std::stable_partition(bars.begin(), bars.end(), is_of_users);
  const double height = 60 + step * static_cast<double>(bars.size());
  std::ofstream svg(path);
  svg << "<svg xmlns='http://www.w3.org/2000/svg' width='" << left + width + 60 << "' height='"
      << height
      << "' font-family='sans-serif' font-size='12'>\n<rect width='100%' height='100%' "
         "fill='white'/>\n"
      << "<text x='10' y='20'>wait_map over its reference (shorter is better); | limit, ● "
         "hand-rolled mutex + unordered_map"
      << "</text>\n";
  for (double ratio = 0; ratio <= widest; ratio += 1) {
    svg << "<line x1='" << x_of(ratio) << "' x2='" << x_of(ratio) << "' y1='30' y2='" << height - 22
        << "' stroke='#ddd'/>"
        << "<text x='" << x_of(ratio) << "' y='" << height - 8 << "' text-anchor='middle'>" << ratio
        << "×</text>\n";
  }
  double y = 34;
  for (const result& bar : bars) {
    const double middle = y + step / 2 + 1;
    svg << "<text x='" << left - 8 << "' y='" << y + 14 << "' text-anchor='end'>" << bar.row
        << (bar.reference == "floor" ? "" : " (" + bar.reference + ")") << "</text>"
        << "<rect x='" << left << "' y='" << y + 4 << "' width='" << x_of(*bar.ratio) - left
        << "' height='" << step - 6 << "' fill='" << (bar.holds() ? "#4a90d9" : "#d9534f") << "'/>"
        << "<line x1='" << x_of(bar.limit) << "' x2='" << x_of(bar.limit) << "' y1='" << y + 1
        << "' y2='" << y + step - 1 << "' stroke='black' stroke-width='2'/>"
        << "<text x='" << x_of(widest) + 10 << "' y='" << y + 14 << "'>"
        << formatted("%.2f", *bar.ratio) << "</text>";
    if (const auto rival = hand_rolled.find(bar.table + bar.row + bar.reference);
        rival != hand_rolled.end()) {
      svg << "<circle cx='" << x_of(rival->second) << "' cy='" << middle << "' r='3.5' fill='"
          << (rival->second > widest ? "#bbb" : "#555") << "'><title>"
          << formatted("%.2f", rival->second) << "×</title></circle>";
    }
    svg << '\n';
    y += step;
  }
  svg << "</svg>\n";
}

}  // namespace bench
