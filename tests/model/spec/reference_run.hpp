// reference_run: a history, performed one operation after the other on a reference_map.
#pragma once

#include <array>
#include <cstdint>

#include "history.hpp"
#include "reference_map.hpp"

namespace model {

// Beside the map it knows what no single key does: which of several keys a wait has looked at, what the parts
// of an operation on all keys return together, and who is to resume which waiter after which other.
//
// Small enough to be copied for every step of the search for a linearisation.
class reference_run {
 public:
  // Performs the operation next. Returns whether it does what it did in the history.
  bool accepts(const event& e);
  // Equal for runs of which each would accept what the other accepts, and hardly ever for others.
  std::uint64_t fingerprint() const;

 private:
  enum class state : std::int8_t { idle, linked, ready, done };
  struct waiter {
    state is = state::idle;
    action kind = action::wait;
    bool stopped = false;
    bool parent_stopped = false;
    bool is_moving = false;
    bool is_awaited = false;  // of a subscription
    bool saw_closed = false;  // at one of several keys
    int looked_at = 0;        // of its keys; one more when it has seen whether it is to stop
    std::array<int, reference_map::keys> began_at{};
    int key = 0;  // on which it was decided
    int decided_at = 0;
    int decided_in = 0;   // an operation, by when it began
    int decided_by = -1;  // a fiber; -1: itself, it did not sleep
    int result = outcome::undecided;
  };
  static constexpr int most_groups = 8;

  waiter& waiter_of(const event& e) { return waiters_[static_cast<std::size_t>(e.waiter)]; }

  bool begin_wait(const event& e);
  bool end_registration(const event& e);
  bool perform(const event& e);
  void pass_on(const event& e);
  bool stop(const event& e);
  bool stop_parent(const event& e);
  bool move_begins(const event& e);
  bool moved(const event& e);
  bool awaited(const event& e);
  bool observe(const event& e);
  bool is_pending(const event& e);

  static bool has_registered(const waiter& who);
  static bool hears_parent(const waiter& who);
  static bool is_unwound(const waiter& who);
  static bool comes_before(const waiter& left, const waiter& right);
  void end_wait(const event& by, int result);
  void end_at_once(const event& by, int result);
  void decide(waiter& who, const event& by, int result);

  reference_map map_;
  int now_ = 0;
  std::array<waiter, reference_map::most_waiters> waiters_{};
  std::array<int, most_groups> totals_{};
};

}  // namespace model
