// Where the figures come from: machine, compiler, load.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace bench {

inline std::string describe_machine() {
  std::string processor = "unknown processor";
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.rfind("model name", 0) == 0) {
      processor = line.substr(line.find(':') + 2);
      break;
    }
  }
  std::string load = "unknown";
  std::ifstream("/proc/loadavg") >> load;
  return processor + ", " + std::to_string(std::thread::hardware_concurrency()) +
         " hardware threads; " +
#ifdef __clang__
         "clang " __clang_version__
#else
         "g++ " __VERSION__
#endif
         ", " WAIT_MAP_BENCH_FLAGS "; load average " +
         load;
}

}  // namespace bench
