// plan: which keys there are, who sets each, and who waits for which.
#pragma once

#include <chrono>
#include <string>

namespace across_hosts {

// Ends a scene that hangs: far more than the slowest machine needs.
inline constexpr std::chrono::minutes longest_scene{9};

// The keys are set one after the other, each by a process that has waited for the one before: by the
// workers in turn, and at checkpoints by their parent.
struct plan {
  std::string scene;  // where the names of the keys begin
  int processes = 4;  // the workers
  int keys = 200;     // at least 8
  int waits = 10;     // in each worker, at once

  std::string key(int number) const { return scene + "/" + std::to_string(number); }
  static std::string value_of(const std::string& key) { return "the value of " + key; }

  int stride() const { return keys / 8; }
  int checkpoints() const { return (keys + stride() - 1) / stride(); }
  bool parent_sets(int number) const { return number % stride() == 0; }
  bool worker_sets(int number, int worker) const {
    return !parent_sets(number) && number % processes == worker;
  }

  // All workers together: each waits from the start for every other key, `waits` times; so many more
  // walk through all keys; and who sets a key waits for the one before.
  int waits_from_the_start() const { return processes * waits * ((keys + 1) / 2); }
  int walkers() const { return processes * waits; }
  int setters() const { return keys - checkpoints(); }
};

// What a worker tells at its end.
struct report {
  int begun = 0;     // waits
  int right = 0;     // ended with the right value
  int given_up = 0;  // ended because Redis was given up
  int gets = 0;
  int reconnects = 0;
};

}  // namespace across_hosts
