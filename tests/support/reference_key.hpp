// reference_key: what one key of a wait_map does, one operation after the other, without a thought for speed.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

namespace support {

// How a wait ended, as one number: the value it got, or one of these.
namespace outcome {
inline constexpr int pending = -1;
inline constexpr int nothing = -2;  // nullopt
inline constexpr int error = -3;    // an exception
}  // namespace outcome

enum class wants { copy, value };

class reference_key {
 public:
  using outcome_kind = waitmap::insert_outcome;
  using result = waitmap::insert_result;
  // Called for each waiter whose outcome an operation decides, in their order.
  using decide = std::function<void(int waiter, int how)>;

  static constexpr int absent = -1;

  int get() const { return value_; }
  bool has_value() const { return value_ != absent; }
  std::size_t waiting() const { return waiters_.size(); }
  bool is_waiting(int waiter) const { return find(waiter) != waiters_.end(); }

  result insert(int value, const decide& decided) {
    if (closed_) return {outcome_kind::closed};
    if (has_value()) return {outcome_kind::present};
    return arrive(value, decided);
  }
  result assign(int value, const decide& decided, int& replaced) {
    if (closed_) return {outcome_kind::closed};
    if (!has_value()) return arrive(value, decided);
    replaced = std::exchange(value_, value);
    return {outcome_kind::assigned};
  }
  result deliver(int value, const decide& decided) {
    if (closed_) return {outcome_kind::closed};
    if (waiters_.empty()) return {outcome_kind::no_waiter};
    bool taken = false;
    return {outcome_kind::delivered, hand_out(value, decided, taken)};
  }
  int extract() { return std::exchange(value_, absent); }

  void wait(int waiter, wants what, bool stopped, const decide& decided) {
    if (has_value()) {
      decided(waiter, what == wants::value ? extract() : value_);
    } else if (closed_ || stopped) {
      decided(waiter, outcome::nothing);
    } else {
      waiters_.push_back({waiter, what});
    }
  }
  // By its stop token, or because its frame is destroyed. Returns whether it was waiting.
  bool leave(int waiter) {
    const auto at = find(waiter);
    if (at == waiters_.end()) return false;
    waiters_.erase(at);
    return true;
  }
  std::size_t end_waits(int how, const decide& decided) {
    const auto ended = std::exchange(waiters_, {});
    for (const linked_waiter& each : ended) decided(each.id, how);
    return ended.size();
  }
  std::size_t close(const decide& decided) {
    closed_ = true;
    return end_waits(outcome::nothing, decided);
  }

  bool claim(int claimer) {
    if (closed_ || has_value() || claim_ != nobody) return false;
    claim_ = claimer;
    return true;
  }
  result fulfil(int claimer, int value, const decide& decided) {
    if (claim_ != claimer) return {outcome_kind::present};
    claim_ = nobody;
    return insert(value, decided);
  }
  void drop(int claimer, const decide& decided) {
    if (claim_ != claimer) return;
    claim_ = nobody;
    end_waits(outcome::nothing, decided);
  }

  // Calls function(waiter, wants) for each that waits, the oldest first.
  template <class Function>
  void for_each_waiting(Function function) const {
    for (const linked_waiter& each : waiters_) function(each.id, each.what);
  }

  // Tells apart states, but for rare accidents. It is the same for two states in which those whose place does
  // not matter stand in another order.
  template <class Predicate>
  std::size_t fingerprint(Predicate place_matters) const {
    std::size_t print = 0;
    const auto mix = [&](int number) {
      print = (print ^ static_cast<std::size_t>(number)) * 0x9E3779B97F4A7C15u;
      print ^= print >> 29;
    };
    mix(value_);
    mix(closed_ ? 1 : 0);
    mix(claim_);
    std::size_t anywhere = 0;
    for (const linked_waiter& each : waiters_) {
      if (place_matters(each.id, each.what)) {
        mix(each.id);
      } else {
        const std::size_t spread = (static_cast<std::size_t>(each.id) + 1) * 0xBF58476D1CE4E5B9u;
        anywhere += spread ^ spread >> 31;
      }
    }
    return print ^ anywhere;
  }

 private:
  struct linked_waiter {
    int id;
    wants what;
  };

  std::vector<linked_waiter>::const_iterator find(int id) const {
    return std::find_if(waiters_.begin(), waiters_.end(),
                        [id](const linked_waiter& each) { return each.id == id; });
  }

  result arrive(int value, const decide& decided) {
    claim_ = nobody;
    bool taken = false;
    const std::size_t ended = hand_out(value, decided, taken);
    if (!taken) value_ = value;
    return {taken ? outcome_kind::handed_off : outcome_kind::inserted, ended};
  }

  // To all who want a copy and to the oldest who wants the value itself; in the order of all waiters.
  std::size_t hand_out(int value, const decide& decided, bool& taken) {
    std::size_t ended = 0;
    for (const linked_waiter& each : std::exchange(waiters_, {})) {
      if (each.what == wants::value && taken) {
        waiters_.push_back(each);
        continue;
      }
      taken = taken || each.what == wants::value;
      decided(each.id, value);
      ++ended;
    }
    return ended;
  }

  static constexpr int nobody = -1;

  int value_ = absent;
  bool closed_ = false;
  int claim_ = nobody;
  std::vector<linked_waiter> waiters_;
};

}  // namespace support
