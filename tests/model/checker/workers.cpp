#include "workers.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <new>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../engine/crash_report.hpp"
#include "../engine/schedule_text.hpp"
#include "../world/run_scenario.hpp"

namespace model {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t most_groups = 64;

struct shared_state {
  std::atomic<std::size_t> next_job{0};
  std::atomic<bool> failed{false};
  std::array<tally, most_groups> tallies;
};

const char* scenario_in_work = "";

void print_replay(const char* schedule) {
  std::printf("  replay: %s='%s: %s'\n", replay_variable, scenario_in_work, schedule);
}

void print_replay_of_crash() { print_replay(scheduler::current().schedule_so_far().c_str()); }

shared_state& make_shared_state() {
  void* memory = mmap(nullptr, sizeof(shared_state), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *new (memory) shared_state;
}

void raise_to(std::atomic<std::uint64_t>& most, std::uint64_t value) {
  std::uint64_t known = most.load();
  while (known < value && !most.compare_exchange_weak(known, value)) {
  }
}

class worker {
 public:
  worker(shared_state& shared, const std::vector<job>& jobs, const std::vector<job_group>& groups,
         const work_limits& limits)
      : shared_(shared),
        jobs_(jobs),
        groups_(groups),
        limits_(limits),
        deadline_(clock::now() + std::chrono::duration_cast<clock::duration>(
                                     std::chrono::duration<double>(limits.seconds))) {}

  void run() {
    report_crashes_by(&print_replay_of_crash);
    while (!shared_.failed && seconds_left() > 0) {
      const std::size_t next = shared_.next_job++;
      if (next >= jobs_.size()) return;
      explore(jobs_[next]);
    }
  }

 private:
  void explore(const job& next) {
    scenario_in_work = next.scenario.c_str();
    const scenario played = parse_scenario(next.scenario);
    const search_options& how = groups_[next.group].how;
    tally& row = shared_.tallies[next.group];
    ++row.scenarios;
    const report first =
        run_scenario(played, how, {.schedules = limits_.schedules_each, .seconds = seconds_left()});
    count(row, first);
    if (first.exhausted) {
      ++row.exhausted;
    } else if (first.failure.empty() && how.how == strategy::reduced) {
      search_options few_preemptions;
      few_preemptions.how = strategy::exhaustive;
      few_preemptions.preemption_bound = 2;
      const report second =
          run_scenario(played, few_preemptions,
                       {.schedules = 5 * limits_.schedules_each, .seconds = seconds_left()});
      count(row, second);
      row.bounded += second.exhausted;
    }
  }

  double seconds_left() const {
    return std::chrono::duration<double>(deadline_ - clock::now()).count();
  }

  void count(tally& row, const report& done) {
    row.schedules += done.schedules;
    row.microseconds += static_cast<std::uint64_t>(done.seconds * 1e6);
    raise_to(row.most_schedules, done.schedules);
    raise_to(row.deepest, done.deepest);
    if (done.failure.empty()) return;
    shared_.failed = true;
    std::printf("FAILED: %s\n  %s\n", scenario_in_work, done.failure.c_str());
    print_replay(done.schedule.c_str());
    std::fflush(stdout);
  }

  shared_state& shared_;
  const std::vector<job>& jobs_;
  const std::vector<job_group>& groups_;
  const work_limits& limits_;
  const clock::time_point deadline_;
};

}  // namespace

work_result work_off(const std::vector<job>& jobs, const std::vector<job_group>& groups,
                     const work_limits& limits) {
  shared_state& shared = make_shared_state();
  std::fflush(stdout);
  std::vector<pid_t> children;
  for (int i = 0; i < limits.processes; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      worker(shared, jobs, groups, limits).run();
      std::exit(0);  // with the leak check of a sanitizer, if there is one
    }
    if (child < 0) std::abort();
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    if (status != 0) shared.failed = true;  // it has said why
  }
  return {shared.failed, std::span(shared.tallies).first(groups.size())};
}

bool replay(const std::string& what) {
  const std::size_t colon = what.rfind(':');
  if (colon == std::string::npos) {
    std::printf("%s must be 'scenario: schedule'\n", replay_variable);
    return true;
  }
  static std::string text;
  text = what.substr(0, colon);
  scenario_in_work = text.c_str();
  report_crashes_by(&print_replay_of_crash);
  search_options how;
  how.how = strategy::replay;
  how.replayed = parse_schedule(what.substr(colon + 1));
  std::printf("%s\n", scenario_in_work);
  const report done = run_scenario(parse_scenario(scenario_in_work), how);
  std::printf("%s\n", done.failure.empty() ? "passed" : done.failure.c_str());
  return !done.failure.empty();
}

}  // namespace model
