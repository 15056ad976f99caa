// run_scenario: explores what the threads of a scenario can do to each other.
#pragma once

#include "../engine/explore.hpp"
#include "scenario.hpp"

namespace model {

report run_scenario(const scenario& played, const search_options& how, limits bounds = {});

}  // namespace model
