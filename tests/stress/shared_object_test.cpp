// A mutex that shared objects use together.
#include <wait_map/mutex.hpp>
#include <wait_map/policy.hpp>

#include "elsewhere.hpp"
#include "support/catch.hpp"

namespace shared_object_test {

// Failed once: it looked at its own counters, and the sleeper slept for 50 ms.
TEST_CASE("a shared object looks for sleepers where the mutex has them", "[1.5]") {
  waitmap::detail::sleeper_table others;
  const waitmap::detail::reader_group group{&waitmap::detail::readers_of_program, &others};
  waitmap::word_mutex mutex;
  mutex.lock(group);
  // One who has announced itself and does not sleep yet.
  waitmap::detail::sleepers_bucket& bucket = others.bucket_of(&mutex);
  others.number = 1;
  bucket.sleepers = 1;
  bucket.woken = &others;  // at another mutex
  elsewhere::unlock(mutex, group);
  CHECK(bucket.woken == nullptr);  // there was an attempt to wake it
}

// Failed once: an owner looked at a counter that was its shared object's own, and the sleeper slept on.
TEST_CASE("shared objects that hide their symbols use the same counters", "[1.5]") {
  CHECK(elsewhere::sleepers() == &waitmap::detail::sleepers_anywhere);
  CHECK(elsewhere::this_thread() == &waitmap::default_policy::this_thread());
}

}  // namespace shared_object_test
