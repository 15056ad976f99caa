// elsewhere: a shared object that hides its symbols. What it takes for the counters and for the state of the thread, and
// what it does to a mutex.
#pragma once

#include <wait_map/mutex.hpp>

namespace elsewhere {

[[gnu::visibility("default")]] const void* sleepers();
[[gnu::visibility("default")]] const void* this_thread();
[[gnu::visibility("default")]] void unlock(waitmap::word_mutex& mutex,
                                           const waitmap::detail::reader_group& group)
    WAIT_MAP_RELEASE(mutex);

}  // namespace elsewhere
