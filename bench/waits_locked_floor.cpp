// The tables of waits for the floor with a lock.
#include <wait_map/mutex.hpp>

#include "floor.hpp"
#include "waits_of_map.hpp"

template struct bench::waits<bench::floor_map<bench::u64, bench::u64, waitmap::word_mutex>>;
