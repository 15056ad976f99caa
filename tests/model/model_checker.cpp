// model_checker: plays scenarios on the real wait_map under every schedule, and says how many there were.
//
//   model_checker [flags]
//     --list            prints the scenarios and families, runs nothing
//     --only=TEXT       only those whose name or text contains TEXT
//     --run=SCENARIO    this one only; see world/scenario.hpp for how to write one
//     --seconds=N       ends after N seconds; the table says what was left out or not exhausted
//     --jobs=N          that many processes; by default one for each processor
//     --sample=N        of each generated family so many scenarios, spread over all there are, that they
//                       have about N schedules; by default 300000
//     --seed=N          which: another number, other scenarios
//     --mode=MODE       reduced (default: every schedule, up to the order of steps that commute),
//                       exhaustive, bound=N (at most N preemptions), random=SEED
//     --schedules=N     of one scenario at most
//
// A failure prints its schedule. Replay it, step by step: WAIT_MAP_REPLAY='scenario: schedule' model_checker
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include "checker/workers.hpp"
#include "engine/explore.hpp"
#include "scenarios/generated.hpp"
#include "scenarios/named.hpp"

namespace {

using model::job;
using model::job_group;
using model::strategy;

struct arguments {
  bool list = false;
  std::string only;
  std::string run;
  model::sample some{.schedules = 300'000};
  model::search_options how;
  model::work_limits limits{
      .processes = static_cast<int>(std::max(1u, std::thread::hardware_concurrency())),
      .seconds = 1e9};
};

// What to explore.
struct plan {
  std::vector<job> jobs;
  std::vector<job_group> groups;
  // Of each group: its jobs, and the scenarios there are.
  std::vector<std::uint64_t> planned;
  std::vector<std::uint64_t> existing;

  void begin_group(std::string name, const model::search_options& how,
                   std::uint64_t scenarios = 1) {
    groups.push_back({std::move(name), how});
    planned.push_back(0);
    existing.push_back(scenarios);
  }
  void add(std::string scenario) {
    jobs.push_back({std::move(scenario), groups.size() - 1});
    ++planned.back();
  }
};

model::search_options parse_mode(std::string_view text) {
  model::search_options how;
  const auto number_after = [&](std::string_view prefix) {
    return std::atoi(std::string(text.substr(prefix.size())).c_str());
  };
  if (text == "reduced") return how;
  if (text == "exhaustive") {
    how.how = strategy::exhaustive;
  } else if (text.starts_with("bound=")) {
    how.how = strategy::exhaustive;
    how.preemption_bound = number_after("bound=");
  } else if (text.starts_with("random=")) {
    how.how = strategy::random;
    how.seed = static_cast<std::uint64_t>(number_after("random="));
  } else {
    throw std::invalid_argument("no such mode: " + std::string(text));
  }
  return how;
}

arguments parse(int count, char** texts) {
  arguments parsed;
  for (int i = 1; i < count; ++i) {
    const std::string text = texts[i];
    const std::size_t equal = text.find('=');
    const std::string name = text.substr(0, equal);
    const std::string value = equal == std::string::npos ? "" : text.substr(equal + 1);
    if (name == "--list")
      parsed.list = true;
    else if (name == "--only")
      parsed.only = value;
    else if (name == "--run")
      parsed.run = value;
    else if (name == "--seconds")
      parsed.limits.seconds = std::stod(value);
    else if (name == "--jobs")
      parsed.limits.processes = std::stoi(value);
    else if (name == "--sample")
      parsed.some.schedules = std::stoull(value);
    else if (name == "--seed")
      parsed.some.seed = std::stoull(value);
    else if (name == "--mode")
      parsed.how = parse_mode(value);
    else if (name == "--schedules")
      parsed.limits.schedules_each = std::stoull(value);
    else
      throw std::invalid_argument("no such flag: " + text);
  }
  return parsed;
}

plan make_plan(const arguments& chosen) {
  const auto wanted = [&](std::string_view name, std::string_view text) {
    return name.find(chosen.only) != std::string_view::npos ||
           text.find(chosen.only) != std::string_view::npos;
  };
  plan made;
  if (!chosen.run.empty()) {
    made.begin_group(chosen.run, chosen.how);
    made.add(chosen.run);
    return made;
  }
  const auto add_named = [&](std::string group, std::span<const model::named_scenario> all,
                             std::string_view settings, const model::search_options& how) {
    const bool whole_group = wanted(group, "");
    made.begin_group(std::move(group), how, all.size());
    for (const model::named_scenario& each : all) {
      if (whole_group || wanted(each.name, each.text)) made.add(std::string(settings) + each.text);
    }
  };
  add_named("named", model::named_scenarios(), "", chosen.how);
  add_named("named, single flight", model::single_flight_scenarios(), "", chosen.how);
  if (chosen.how.how == strategy::reduced) {
    add_named("named, real time, bound 2", model::named_scenarios(), "[real time] ",
              parse_mode("bound=2"));
  }
  for (const model::family& each : model::families()) {
    if (!wanted(each.name, "")) continue;
    made.begin_group(each.name, chosen.how);
    made.existing.back() =
        generate(each, chosen.some, [&](std::string scenario) { made.add(std::move(scenario)); });
  }
  return made;
}

void list(const plan& all) {
  for (const auto scenarios : {model::named_scenarios(), model::single_flight_scenarios()}) {
    for (const model::named_scenario& each : scenarios)
      std::printf("%-55s [%s] %s\n", each.name, each.rules, each.text);
  }
  for (std::size_t i = 0; i < all.groups.size(); ++i) {
    std::printf("%-57s %12llu scenarios\n", all.groups[i].name.c_str(),
                static_cast<unsigned long long>(all.existing[i]));
  }
}

// Whether every scenario of the group was played, under every schedule.
bool is_complete(const plan& all, std::size_t group, const model::tally& row) {
  return row.scenarios == all.existing[group] && row.exhausted == row.scenarios &&
         all.groups[group].how.preemption_bound < 0;
}

void print_table(const plan& all, std::span<const model::tally> rows) {
  const auto number = [](std::uint64_t of) { return static_cast<unsigned long long>(of); };
  std::printf("%-57s %11s %9s %10s %9s %7s %8s %7s %6s %8s\n", "scenarios", "there are", "played",
              "schedules", "exhausted", "bounded", "left out", "most", "steps", "seconds");
  std::uint64_t scenarios = 0;
  std::uint64_t schedules = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const model::tally& row = rows[i];
    scenarios += row.scenarios;
    schedules += row.schedules;
    if (all.planned[i] == 0) continue;
    std::printf("%-57s %11llu %9llu %10llu %9llu %7llu %8llu %7llu %6llu %8.1f\n",
                all.groups[i].name.c_str(), number(all.existing[i]), number(row.scenarios),
                number(row.schedules), number(row.exhausted), number(row.bounded),
                number(all.planned[i] - row.scenarios), number(row.most_schedules),
                number(row.deepest), static_cast<double>(row.microseconds) / 1e6);
  }
  std::printf("%-57s %11s %9llu %10llu\n", "all", "", number(scenarios), number(schedules));
  std::printf("complete, every scenario under every schedule:\n");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (is_complete(all, i, rows[i])) std::printf("  %s\n", all.groups[i].name.c_str());
  }
}

int run(int count, char** texts) {
  if (const char* schedule = std::getenv(model::replay_variable))
    return model::replay(schedule) ? 1 : 0;
  arguments chosen = parse(count, texts);
  if (chosen.list) chosen.some.schedules = 1;  // to count them is enough
  const plan all = make_plan(chosen);
  if (chosen.list) {
    list(all);
    return 0;
  }
  if (all.jobs.empty()) throw std::invalid_argument("no scenario fits");
  std::printf("seed %llu\n", static_cast<unsigned long long>(chosen.some.seed));
  const model::work_result result = model::work_off(all.jobs, all.groups, chosen.limits);
  print_table(all, result.tallies);
  return result.failed ? 1 : 0;
}

}  // namespace

int main(int count, char** texts) {
  try {
    return run(count, texts);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "model_checker: %s\n", error.what());
    return 2;
  }
}
