// heap: what the C library says of a block of memory, and blocks with an alignment of their own.
#pragma once

#if defined(_WIN32)
#include "support/windows/heap.hpp"
#else
#include "support/posix/heap.hpp"
#endif
