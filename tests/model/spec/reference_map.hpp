// reference_map: what a wait_map does, for one thread and without a thought for speed.
#pragma once

#include <array>
#include <cstdint>

#include "history.hpp"

namespace model {

// Small enough to be copied for every step of the search for a linearisation.
class reference_map {
 public:
  static constexpr int keys = 2;
  static constexpr int most_waiters = 12;
  static constexpr int most_groups = 8;

  // Performs the operation. Returns what it should have returned, and no_result where it returns nothing; of
  // an observation, whether it is right.
  int apply(const event& e);

  // An insert_result as a number; the outcomes as insert_outcome counts them.
  static constexpr int encode(int what, int resumed) { return what * 16 + resumed; }
  // What a wait for any of several keys gets.
  static constexpr int encode_any(int value, int key) { return value + 10000 * key; }

 private:
  enum class state : std::int8_t { idle, linked, ready, done };
  struct waiter {
    state is = state::idle;
    bool stopped = false;
    bool saw_closed = false;  // at one of several keys
    action kind = action::wait;
    int looked_at = 0;                  // of its keys
    std::array<int, keys> linked_at{};  // 0: not on this key
    int key = 0;                        // on which it was decided
    int decided_at = 0;
    int decided_in = 0;   // an operation, by when it began
    int decided_by = -1;  // a fiber; -1: itself, it did not sleep
    int result = outcome::undecided;
  };
  struct place {
    int value = absent;
    int claim = absent;
    bool closed = false;
  };
  static constexpr int absent = -1;

  // Before that, a stop is noted and ends nothing.
  static bool has_registered(const waiter& who) {
    if (waits_for_any(who.kind)) return who.looked_at > keys;
    return who.looked_at > (who.kind == action::wait_all ? 1 : 0);
  }
  int end_registration(waiter& who, const event& e);
  int apply_to(place& here, waiter& who, const event& e);
  int begin_wait(place& here, waiter& who, const event& e);
  int arrive(place& here, const event& e);
  int fulfil(place& here, const event& e);
  int end_waits(const event& e, int result);
  bool is_right(waiter& who, const event& observed);
  static bool comes_before(const waiter& left, const waiter& right);

  template <class Function>
  void for_each_linked(int key, Function function);
  void decide(waiter& who, const event& by, int result);
  void decide_at_once(waiter& who, const event& by, int result);

  int now_ = 0;
  std::array<place, keys> places_{};
  std::array<waiter, most_waiters> waiters_{};
  std::array<int, most_groups> totals_{};
};

}  // namespace model
