// An orderly end: close() ends every wait, and those that begin later; values that are there can still
// be taken.
#include <iostream>
#include <string>

#include <wait_map/wait_map.hpp>

#include "task.hpp"

using map_type = waitmap::wait_map<std::string, std::string>;

task worker(map_type& jobs, std::string name, int& done, int& told_to_end) {
  for (;;) {
    auto job = co_await jobs.take(name);
    if (!job) break;  // closed
    ++done;
  }
  ++told_to_end;
}

int main() {
  map_type jobs;
  int done = 0, told_to_end = 0;
  for (const auto* name : {"red", "green", "blue"}) worker(jobs, name, done, told_to_end);
  jobs.insert("red", "sweep");
  jobs.insert("red", "wash");
  jobs.insert("left over", "iron");

  const auto ended = jobs.close();
  worker(jobs, "late", done, told_to_end);  // ends at once
  const auto refused = jobs.insert("red", "cook");
  const auto rest = jobs.extract("left over");

  std::cout << done << " jobs done, " << ended << " workers were waiting, " << told_to_end
            << " have ended, left over: " << rest.value_or("nothing") << '\n';
  return done == 2 && ended == 3 && told_to_end == 4 && !refused && rest == "iron" ? 0 : 1;
}
