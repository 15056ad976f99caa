// print_waiting: writes who waits for what, and where: for logs and debuggers.
#pragma once

#include <ostream>
#include <source_location>
#include <span>

namespace waitmap {

/// Writes one line for each key that is waited for, with the number of its waiters, and one for
/// each place where they wait. The key needs an operator<<.
/// Threads: as Map::for_each_waiting(); the stream is written to under the lock of a shard.
template <class Map>
void print_waiting(std::ostream& out, const Map& map) {
  map.for_each_waiting([&](const auto& key, std::span<const std::source_location> places) {
    out << key << ": " << places.size() << (places.size() == 1 ? " waiter\n" : " waiters\n");
    for (const std::source_location& place : places) {
      out << "  at " << place.file_name() << ':' << place.line() << " in " << place.function_name()
          << '\n';
    }
  });
}

}  // namespace waitmap
