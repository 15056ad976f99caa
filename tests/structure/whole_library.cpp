// 6.7: every member of the map, for an ordinary key and value.
#include <chrono>
#include <string>
#include <wait_map/deadline.hpp>
#include <wait_map/execution.hpp>
#include <wait_map/flood_resistant_hash.hpp>
#include <wait_map/get_or_compute.hpp>
#include <wait_map/print_waiting.hpp>
#include <wait_map/wait_map.hpp>

template class waitmap::wait_map<std::string, std::string>;
template class waitmap::wait_map<std::string, int, waitmap::flood_resistant_hash<std::string>>;
template class waitmap::basic_deadline_timer<std::chrono::system_clock>;
template class waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>,
                                 waitmap::single_threaded_policy>;
