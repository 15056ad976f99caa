// The tables of waits for a wait_map that does not lock.
#include <wait_map/wait_map.hpp>

#include "waits_of_map.hpp"

template struct bench::waits<
    waitmap::wait_map<bench::u64, bench::u64, waitmap::default_hash<bench::u64>,
                      waitmap::default_equal<bench::u64>, waitmap::single_threaded_policy>>;
