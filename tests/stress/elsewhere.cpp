#include "elsewhere.hpp"

#include <wait_map/policy.hpp>

const void* elsewhere::sleepers() { return &waitmap::detail::sleepers_anywhere; }

const void* elsewhere::this_thread() { return &waitmap::default_policy::this_thread(); }

void elsewhere::unlock(waitmap::word_mutex& mutex, const waitmap::detail::reader_group& group) {
  mutex.unlock(group);
}
