// parking: makes the library's parkers park a fiber. To be included before anything of the library.
#pragma once

#include <condition_variable>
#include <mutex>

#include "../engine/condition_variable.hpp"

// A condition_parker sleeps on what is std's. Inside of this
// namespace `std` means std with the checker's mutex and condition variable in the place of its own.
namespace waitmap::detail::std {
using namespace ::std;
using mutex = model::mutex;
using condition_variable = model::condition_variable;
}  // namespace waitmap::detail::std

#include <wait_map/detail/thread_parker.hpp>

static_assert(sizeof(waitmap::detail::condition_parker) < sizeof(std::mutex),
              "thread_parker.hpp has been included before");
