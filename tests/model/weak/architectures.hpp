// architectures: which executions the processors allow, each by the axioms that its maker has published.
#pragma once

#include <string>

#include "execution.hpp"

namespace weak {

struct relations;

struct architecture {
  std::string name;
  // Of an execution that is coherent and whose read-modify-writes are atomic.
  bool (*consistent)(const relations&);
};

extern const architecture x86;     // TSO
extern const architecture armv8;   // multi-copy atomic
extern const architecture risc_v;  // RVWMO
extern const architecture any;     // keeps each location coherent, and nothing else in order

// Whether there is an execution with these events, and these values at last.
bool reachable(const architecture& processor, const execution& events,
               const std::map<std::size_t, std::uint64_t>& last = {});

}  // namespace weak
