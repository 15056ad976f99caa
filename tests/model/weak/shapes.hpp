// shapes: what threads do with the lock where it relies on memory order, and what must never come of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "recorder.hpp"

namespace weak {

struct shape {
  std::string name;
  recorder::program program;
  // Whether that is what must not be, said by what each thread has done.
  bool (*bad)(const std::vector<const trace*>&);
};
const std::vector<shape>& shapes();

// Returns nothing where what must not be cannot be, however it is compiled; else how it comes about.
std::optional<std::string> find_bad(const shape& looked_at, const recorder::recording& made,
                                    const translation& how);

// Whether a thread may do what stands there.
bool has(const recorder::recording& made, std::size_t site);

// The operations of the lock that some shape has and whose order says something; and barriers.
struct ordered_operation {
  site where;
  std::string text;  // the line
  std::vector<weakened> weaker;
};
std::vector<ordered_operation> ordered_operations();

}  // namespace weak
