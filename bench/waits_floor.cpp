// The tables of waits for the floor.
#include "floor.hpp"
#include "waits_of_map.hpp"

template struct bench::waits<bench::floor_map<bench::u64, bench::u64>>;
