// How long calls took.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iomanip>
#include <ostream>
#include <vector>

namespace rpc {

class latency {
 public:
  void add(std::chrono::steady_clock::duration time) {
    microseconds_.push_back(std::chrono::duration<double, std::micro>(time).count());
  }

  void print(std::ostream& out) {
    std::ranges::sort(microseconds_);
    out << std::fixed << std::setprecision(0);
    for (const double percent : {50.0, 90.0, 99.0, 100.0}) {
      out << "  " << percent << " % within " << percentile(percent) << " us\n";
    }
  }

 private:
  double percentile(double percent) const {
    if (microseconds_.empty()) return 0;
    const auto last = static_cast<double>(microseconds_.size() - 1);
    return microseconds_[static_cast<std::size_t>(percent / 100 * last)];
  }

  std::vector<double> microseconds_;
};

}  // namespace rpc
