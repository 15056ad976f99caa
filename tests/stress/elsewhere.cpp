#include "elsewhere.hpp"

#include <wait_map/policy.hpp>

const void* elsewhere::sleepers_at(const void* mutex) {
#if defined(__linux__)
  return &waitmap::detail::sleepers_at(mutex);
#else
  return mutex;
#endif
}

const void* elsewhere::this_thread() { return &waitmap::default_policy::this_thread(); }
