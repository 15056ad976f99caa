#include "schedule_text.hpp"

#include <cstdio>

namespace model {

std::string to_text(const schedule& fibers) {
  std::string text;
  for (std::size_t begin = 0, end = 0; begin < fibers.size(); begin = end) {
    while (end < fibers.size() && fibers[end] == fibers[begin]) ++end;
    if (!text.empty()) text += ' ';
    text += std::to_string(fibers[begin]) + "x" + std::to_string(end - begin);
  }
  return text;
}

schedule parse_schedule(std::string_view text) {
  schedule fibers;
  const std::string copy(text);
  const char* rest = copy.c_str();
  int fiber = 0;
  int times = 0;
  for (int length = 0; std::sscanf(rest, " %dx%d%n", &fiber, &times, &length) == 2;
       rest += length) {
    fibers.insert(fibers.end(), static_cast<std::size_t>(times), fiber);
  }
  return fibers;
}

}  // namespace model
