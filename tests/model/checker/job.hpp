// job: one scenario to explore, and what became of the jobs of a group.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "../engine/search.hpp"

namespace model {

struct job {
  std::string scenario;
  std::size_t group;
};

// A row of the table at the end.
struct job_group {
  std::string name;
  search_options how;
};

// Shared by the processes that work on the jobs.
struct tally {
  std::atomic<std::uint64_t> scenarios{0};
  std::atomic<std::uint64_t> schedules{0};
  std::atomic<std::uint64_t> exhausted{0};
  std::atomic<std::uint64_t> bounded{0};  // too many schedules: all with at most two preemptions
  std::atomic<std::uint64_t> most_schedules{0};
  std::atomic<std::uint64_t> deepest{0};
  std::atomic<std::uint64_t> microseconds{0};
};

}  // namespace model
