// explore: runs a program under every schedule that a search asks for, and reports the first that is wrong.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "scheduler.hpp"
#include "search.hpp"

namespace model {

// One execution of a program: made anew for each schedule.
class execution {
 public:
  virtual ~execution() = default;
  virtual thread_functions threads() = 0;
  // When all threads are done: checks the end state, by `check` or scheduler::fail.
  virtual void finish() {}
};

struct limits {
  std::uint64_t schedules = 20'000'000;
  double seconds =
      1e9;  // a command's, never a test's: what a test must see does not hang on the machine
};

struct report {
  std::uint64_t schedules = 0;
  std::uint64_t steps = 0;
  std::size_t deepest = 0;
  double seconds = 0;
  bool exhausted = false;
  std::string failure;   // empty: none
  std::string schedule;  // of the failure; WAIT_MAP_REPLAY wants it
};

// The one variable that replays: "schedule", or "scenario: schedule" where a program has several.
inline constexpr const char* replay_variable = "WAIT_MAP_REPLAY";

report explore(const std::function<std::unique_ptr<execution>()>& make, search_options options = {},
               limits bounds = {});

}  // namespace model
