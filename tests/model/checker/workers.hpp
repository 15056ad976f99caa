// workers: processes that share the exploration of a list of scenarios.
#pragma once

#include <span>
#include <vector>

#include "job.hpp"

namespace model {

struct work_limits {
  int processes = 1;
  double seconds = 0;  // ends after that, in the midst of a job
  std::uint64_t schedules_each =
      200'000;  // of one scenario; beyond it, only those with few preemptions
};

struct work_result {
  bool failed = false;
  std::span<const tally> tallies;  // one for each group; lives as long as the process
};

// Prints each failure, with how to replay it, as it happens, and then begins no more jobs.
work_result work_off(const std::vector<job>& jobs, const std::vector<job_group>& groups,
                     const work_limits& limits);

// Runs one schedule of one scenario and prints its steps. `what` is "scenario: schedule". Returns whether it
// fails.
bool replay(const std::string& what);

}  // namespace model
