// team: the workers, as their parent sees them.
#pragma once

#include <chrono>
#include <filesystem>
#include <iostream>
#include <list>
#include <numeric>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "child.hpp"
#include "plan.hpp"
#include "server.hpp"

namespace across_hosts {

inline void check(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

class team {
 public:
  team(const plan& all, const server& redis, std::chrono::milliseconds workers_patience)
      : redis_(redis) {
    for (int i = 0; i != all.processes; ++i) {
      workers_.emplace_back(std::vector<std::string>{
          std::filesystem::read_symlink("/proc/self/exe"), "worker", all.scene,
          std::to_string(all.processes), std::to_string(all.keys), std::to_string(all.waits),
          std::to_string(i), std::to_string(redis.where().port),
          std::to_string(workers_patience.count())});
    }
    for (child& each : workers_) check(line_of(each) == "ready", "a worker does not begin");
  }

  void check_alive() const {
    check(!redis_.has_died(), "redis-server has died");
    for (const child& each : workers_) check(!each.has_ended(), "a worker has died");
    check(child::clock::now() < deadline_, "the workers have not ended in time");
  }

  std::vector<report> reports() {
    std::vector<report> all;
    for (child& each : workers_) {
      report& made = all.emplace_back();
      std::istringstream line(line_of(each));
      line >> made.begun >> made.right >> made.given_up >> made.gets >> made.reconnects;
      check(!line.fail() && each.wait() == 0, "a worker has failed");
    }
    return all;
  }

 private:
  std::string line_of(child& each) {
    auto line = each.read_line(deadline_);
    check(line.has_value(), "a worker has ended before its time");
    return *std::move(line);
  }

  const server& redis_;
  const child::clock::time_point deadline_ = child::clock::now() + longest_scene;
  std::list<child> workers_;
};

inline int sum(const std::vector<report>& reports, int report::* member) {
  return std::accumulate(reports.begin(), reports.end(), 0,
                         [=](int all, const report& each) { return all + each.*member; });
}

inline void print(const plan& all, const std::vector<report>& reports,
                  child::clock::time_point start) {
  const std::chrono::duration<double> seconds = child::clock::now() - start;
  std::cout << all.scene << ": " << all.processes << " processes, " << all.keys << " keys; "
            << sum(reports, &report::begun) << " waits, " << sum(reports, &report::right)
            << " ended with the right value, " << sum(reports, &report::given_up) << " given up; "
            << sum(reports, &report::gets) << " GETs, " << sum(reports, &report::reconnects)
            << " reconnects; " << seconds.count() << " s\n";
}

}  // namespace across_hosts
