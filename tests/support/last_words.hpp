// last_words: what a function says that ends the program.
#pragma once

#if defined(_WIN32)
#include "support/windows/last_words.hpp"
#else
#include "support/posix/last_words.hpp"
#endif
