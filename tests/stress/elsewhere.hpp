// elsewhere: a shared object that hides its symbols. What it takes for the counters and for the state of the thread.
#pragma once

namespace elsewhere {

[[gnu::visibility("default")]] const void* sleeping_place_of(const void* mutex);
[[gnu::visibility("default")]] const void* sleepers();
[[gnu::visibility("default")]] const void* this_thread();

}  // namespace elsewhere
