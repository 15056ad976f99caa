/// @file
/// print_waiting: writes who waits for what, and where: for logs and debuggers.
#pragma once

#include <wait_map/version.hpp>

#include <ostream>
#include <source_location>
#include <span>

namespace waitmap {

/// Writes one line for each key that is waited for or claimed, with the number of its waiters; then one line for the
/// place where the key was claimed, and one for each place where a waiter waits. The key needs an operator<<.
/// Threads: as wait_map::for_each_waiting(). The stream is written to under the lock of a shard.
template <class Map>
void print_waiting(std::ostream& out, const Map& map) {
  const auto write = [&](const char* what, const std::source_location& place) {
    out << what << place.file_name() << ':' << place.line() << " in " << place.function_name()
        << '\n';
  };
  map.for_each_waiting([&](const auto& key, std::span<const std::source_location> waits,
                           const std::source_location* claim) {
    out << key << ": " << waits.size() << (waits.size() == 1 ? " waiter\n" : " waiters\n");
    if (claim != nullptr) write("  claimed at ", *claim);
    for (const std::source_location& each : waits) write("  at ", each);
  });
}

}  // namespace waitmap
