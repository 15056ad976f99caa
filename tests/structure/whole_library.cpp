// Every member of the map, for an ordinary key and value.
#include <string>
#include <wait_map/get_or_compute.hpp>
#include <wait_map/print_waiting.hpp>
#include <wait_map/wait_map.hpp>

template class waitmap::wait_map<std::string, std::string>;
template class waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>,
                                 waitmap::single_threaded_policy>;
