// Whether a history is what a reference_map would do that performs one operation after the other.
#pragma once

#include "history.hpp"
#include "reference_run.hpp"

namespace model {

// Wing and Gong's search: some operation that began before any other had ended comes first; performed on
// the reference it must return what it returned; then the rest. A wait is two operations: its registration,
// which always succeeds, and the observation of its result. A lost wake-up is a waiter that is pending at
// the end, in a place where no order of the operations leaves it.
bool is_linearizable(const history& events);

// Tells apart histories that differ in what happened or in what happened before what.
std::uint64_t fingerprint(const history& events);

}  // namespace model
