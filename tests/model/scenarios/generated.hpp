// The scenarios that nobody thought of: every program of a few threads and operations.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "alphabets.hpp"

namespace model {

// Which of a family's scenarios to play: evenly spread, and so many that they have about as many schedules.
// The seed says which.
struct sample {
  std::uint64_t schedules;
  std::uint64_t seed = 1;
};

// All programs of so many threads, each of at least so many and at most so many operations.
struct family {
  const char* name;
  alphabet (*letters)();  // nullptr: those of coroutines that, when resumed, do anything at all
  std::size_t threads;
  std::size_t least;
  std::size_t most;
  const char* settings;
  std::uint64_t schedules;  // that one scenario has on average, about
};

std::span<const family> families();

// Hands out the scenarios of a sample. Returns how many there are in all.
std::uint64_t generate(const family& wanted, const sample& some,
                       const std::function<void(std::string scenario)>& take);

}  // namespace model
