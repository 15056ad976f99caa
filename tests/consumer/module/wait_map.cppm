// A module over the header.
module;
#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>
export module wait_map;

export namespace waitmap {
using waitmap::default_policy;
using waitmap::get_or_compute;
using waitmap::insert_outcome;
using waitmap::insert_result;
using waitmap::options;
using waitmap::wait_map;
}  // namespace waitmap
