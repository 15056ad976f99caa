// The scenarios that were thought of one by one.
#pragma once

#include <span>

namespace model {

struct named_scenario {
  const char* name;
  const char* rules;  // of the contract
  const char* text;
};

std::span<const named_scenario> named_scenarios();
std::span<const named_scenario> single_flight_scenarios();  // of get_or_compute

}  // namespace model
