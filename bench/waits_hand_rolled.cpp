// The tables of waits for the hand-rolled map.
#include "hand_rolled.hpp"
#include "waits_of_map.hpp"

template struct bench::waits<bench::hand_rolled_map<bench::u64, bench::u64>>;
