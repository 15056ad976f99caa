// on_small_stack: runs a function on a thread whose stack is 256 KiB.
#pragma once

#if defined(_WIN32)
#include "support/windows/small_stack.hpp"
#else
#include "support/posix/small_stack.hpp"
#endif
