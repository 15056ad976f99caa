// progress: one line on stderr that says how far the work is, if a person is there to read it and
// the work takes long.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <iostream>
#include <string_view>

namespace include_cost {

class progress {
 public:
  progress() = default;
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress() { clear(); }

  void show(std::string_view doing, std::size_t done, std::size_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ || now < due_) return;
    due_ = now + std::chrono::milliseconds(100);
    visible_ = true;
    std::cerr << '\r' << doing << ' ' << done << " of " << total << " headers" << erase_to_end
              << std::flush;
  }

  void clear() {
    if (visible_) std::cerr << '\r' << erase_to_end << std::flush;
    visible_ = false;
  }

 private:
  static constexpr std::string_view erase_to_end = "\033[K";

  bool terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::chrono::steady_clock::time_point due_ =
      std::chrono::steady_clock::now() + std::chrono::seconds(1);
  bool visible_ = false;
};

}  // namespace include_cost
