// The tables of waits for wait_map.
#include <wait_map/wait_map.hpp>

#include "waits_of_map.hpp"

template struct bench::waits<waitmap::wait_map<bench::u64, bench::u64>>;
