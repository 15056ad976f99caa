// Results as CSV (written by one process per table, read back by the report).
#pragma once

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness.hpp"

namespace bench {

inline constexpr const char* csv_header =
    "table,row,unit,contestant,rounds,median,lowest,highest,reference,ratio,target,limit,verdict";

inline const char* name_of(bound kind) {
  return kind == bound::ratio ? "ratio" : kind == bound::figure ? "figure" : "";
}

inline void write_csv(std::ostream& out, const std::vector<result>& results) {
  for (const result& line : results) {
    out << line.table << ',' << line.row << ',' << line.unit << ',' << line.contestant << ','
        << line.rounds << ',' << line.median << ',' << line.lowest << ',' << line.highest << ','
        << line.reference << ',';
    if (line.ratio) out << *line.ratio;
    out << ',' << name_of(line.kind) << ',';
    if (line.kind != bound::none) out << line.limit;
    out << ',' << (line.kind == bound::none ? "" : line.holds() ? "holds" : "missed") << '\n';
  }
}

inline std::vector<result> read_csv(const std::string& path) {
  std::ifstream in(path);
  std::string text;
  std::vector<result> results;
  if (!std::getline(in, text) || text != csv_header)
    throw std::runtime_error("no results in " + path);
  while (std::getline(in, text)) {
    std::vector<std::string> cells;
    std::istringstream cut(text);
    for (std::string cell; std::getline(cut, cell, ',');) cells.push_back(cell);
    cells.resize(13);  // getline drops an empty last cell
    result line;
    line.table = cells[0];
    line.row = cells[1];
    line.unit = cells[2];
    line.contestant = cells[3];
    line.rounds = std::stoul(cells[4]);
    line.reference = cells[8];
    line.median = std::stod(cells[5]);
    line.lowest = std::stod(cells[6]);
    line.highest = std::stod(cells[7]);
    if (!cells[9].empty()) line.ratio = std::stod(cells[9]);
    line.kind = cells[10] == "ratio"    ? bound::ratio
                : cells[10] == "figure" ? bound::figure
                                        : bound::none;
    if (!cells[11].empty()) line.limit = std::stod(cells[11]);
    results.push_back(line);
  }
  return results;
}

}  // namespace bench
