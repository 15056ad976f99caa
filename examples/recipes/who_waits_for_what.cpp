// "Why does my program hang?": two coroutines wait for each other's results. The map says who waits
// where, and a cancel breaks the circle.
#include <iostream>
#include <sstream>
#include <string>

#include <wait_map/print_waiting.hpp>
#include <wait_map/wait_map.hpp>

#include "task.hpp"

using map_type = waitmap::wait_map<std::string, int>;

task compute(map_type& results, std::string own, std::string other) {
  auto input = co_await results.wait(other);
  results.insert(own, input ? *input + 1 : 1);  // cancelled: begin anew
}

int main() {
  map_type results;
  compute(results, "hen", "egg");
  compute(results, "egg", "hen");

  std::ostringstream report;
  waitmap::print_waiting(report, results);
  std::cout << report.str();
  const bool told = report.str().find("egg") != std::string::npos &&
                    report.str().find("who_waits_for_what.cpp") != std::string::npos;

  results.cancel("egg");
  std::cout << "hen: " << results.get("hen").value_or(0)
            << ", egg: " << results.get("egg").value_or(0) << '\n';
  return told && results.get("hen") == 1 && results.get("egg") == 2 && results.waiting() == 0 ? 0
                                                                                              : 1;
}
