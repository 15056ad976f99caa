// wait_map_bench list | run <table>... | report <csv> <svg>; see ./run for the one command.
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness.hpp"
#include "report.hpp"
#include "results.hpp"
#include "tables.hpp"
#include "team.hpp"

namespace {

struct entry {
  const char* name;
  void (*run)(bench::table&);
};

constexpr entry tables[] = {
    {"get", bench::run_get},
    {"insert", bench::run_insert},
    {"insert-kept", bench::run_insert_kept},
    {"wait", bench::run_wait},
    {"fan-out", bench::run_fan_out},
    {"drop", bench::run_drop},
    {"chain", bench::run_chain},
    {"hop", bench::run_hop},
    {"contention", bench::run_contention},
    {"flooding", bench::run_flooding},
    {"jobs", bench::run_jobs},
    {"threads", bench::run_threads},
    {"disorder", bench::run_disorder},
    {"kinds", bench::run_kinds},
    {"tails", bench::run_tails},
    {"compile", bench::run_compile},
};

void list() {
  for (const entry& each : tables) std::puts(each.name);
}

void run(const std::string& name) {
  for (const entry& each : tables) {
    if (name != each.name) continue;
    const bench::team second_thread(2);
    bench::table table(name);
    each.run(table);
    bench::write_csv(std::cout, table.results());
    return;
  }
  throw std::runtime_error("no table named " + name);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "list") {
    list();
  } else if (arguments.size() == 2 && arguments[0] == "run") {
    run(arguments[1]);
  } else if (arguments.size() == 3 && arguments[0] == "report") {
    const auto results = bench::read_csv(arguments[1]);
    bench::print_tables(results);
    bench::draw_picture(results, arguments[2]);
    std::printf("\n");
    return bench::print_verdict(results) ? 0 : 1;
  } else {
    std::fprintf(stderr, "wait_map_bench list | run <table> | report <csv> <svg>\n");
    return 2;
  }
} catch (const std::exception& problem) {
  std::fprintf(stderr, "wait_map_bench: %s\n", problem.what());
  return 2;
}
