#include "elsewhere.hpp"

#include <wait_map/policy.hpp>

const void* elsewhere::sleeping_place_of(const void* mutex) {
#if defined(__linux__)
  return &waitmap::detail::sleeping_place_of(mutex);
#else
  return mutex;
#endif
}

const void* elsewhere::sleepers() {
#if defined(__linux__)
  return &waitmap::detail::sleepers_anywhere;
#else
  return nullptr;
#endif
}

const void* elsewhere::this_thread() { return &waitmap::default_policy::this_thread(); }
