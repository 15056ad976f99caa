// Maps from int to int that differ in how they resume.
#pragma once

#include <coroutine>

#include <wait_map/wait_map.hpp>

namespace support {

struct immediate_policy : waitmap::default_policy {
  using resumer = waitmap::immediate_resumer;
};

// What a user may write: resumes on the thread that it is called on.
struct calling_thread_policy : waitmap::default_policy {
  struct resumer {
    void operator()(std::coroutine_handle<> coroutine) const { coroutine.resume(); }
  };
};

template <class Policy>
using map_with =
    waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, Policy>;

}  // namespace support
