// What an operation says it did: insert_outcome, insert_result, wait_status.
#pragma once

#include <cstddef>
#include <cstdint>

namespace waitmap {

/// What became of a value handed to the map.
enum class insert_outcome : std::uint8_t {
  inserted,    ///< stored; there was none before
  assigned,    ///< stored over an older value
  present,     ///< refused: the key has a value
  handed_off,  ///< a taker took it; nothing is stored
  delivered,   ///< deliver: the current waiters got it; nothing is stored
  no_waiter,   ///< deliver: refused, since nobody waits
  closed,      ///< refused: the map is closed, whether or not the key is present
};

/// The answer of the inserting functions. Contextually true when the value was accepted; a value that was
/// not accepted is not moved from.
struct insert_result {
  insert_outcome outcome;
  std::size_t resumed = 0;  ///< the waiters whose wait this call ended

  constexpr explicit operator bool() const noexcept {
    return outcome == insert_outcome::inserted || outcome == insert_outcome::assigned ||
           outcome == insert_outcome::handed_off || outcome == insert_outcome::delivered;
  }

  friend constexpr bool operator==(const insert_result&, const insert_result&) = default;
};

/// Why a wait ended.
enum class wait_status : std::uint8_t {
  value,      ///< with the value
  cancelled,  ///< by cancel, cancel_all or cancel_if
  stopped,    ///< by its stop token
  closed,     ///< by close, or by the map's destructor
  abandoned,  ///< its producer's claim was dropped without a value
};

}  // namespace waitmap
