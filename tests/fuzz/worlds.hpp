// worlds: the maps that are compared with the reference.
#pragma once

#include "input.hpp"

namespace fuzz {

// Keys and values in the table itself; a trampoline.
void run_in_plain_world(input bytes);
// Keys that all collide, values behind a pointer since their move may throw; resumes nested.
void run_in_boxed_world(input bytes);

}  // namespace fuzz
