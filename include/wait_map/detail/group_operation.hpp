// group_operation: what wait_all(), wait_any() and take_any() return: one suspension for many keys.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/fixed_array.hpp>
#include <wait_map/detail/operation.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/result.hpp>

namespace waitmap::detail {

// A waiter for each key, all members of one wait_group. Registration takes one shard's lock after
// the other; meanwhile, members may be decided already. The coroutine's place in the group (see
// wait_group::leave) keeps it from being resumed before it has registered all.
template <class Core, class Value, class Policy, class Key, bool All, class Token>
class [[nodiscard("a wait does nothing until it is awaited with co_await")]] group_operation {
  using group_type = wait_group<Policy>;
  using rule = typename group_type::rule;

  struct member : value_waiter<Value, Policy> {
    template <class Given>
    member(std::source_location called_at, waiter_kind which, group_type& of, Given&& key_given)
        : value_waiter<Value, Policy>(called_at, which, waiter_role::member),
          key(std::forward<Given>(key_given)) {
      this->group = &of;
    }
    Key key;
  };

  // The group, with the way from it to the operation.
  struct own_group : group_type {
    own_group(std::size_t members, group_operation& self) noexcept
        : group_type(All ? rule::all : rule::first, members, &settle), operation(self) {}
    static void settle(group_type& group) noexcept {
      static_cast<own_group&>(group).operation.unlink_losers();
    }
    group_operation& operation;
  };

 public:
  using result_type =
      std::conditional_t<All, std::vector<wait_outcome<Value>>, first_outcome<Value>>;

  // The keys are [next, next + count); each is forwarded as Given.
  template <class Given, class Iterator>
  group_operation(Core& map, std::in_place_type_t<Given>, std::size_t count, Iterator next,
                  waiter_kind which, Token token, std::source_location where)
      : map_(map),
        group_(count, *this),
        members_(count,
                 [&](member* place, std::size_t) {
                   std::construct_at(place, where, which, group_, static_cast<Given&&>(*next));
                   ++next;
                 }),
        stop_(std::move(token)) {
    if constexpr (All) results_.reserve(count);
  }
  group_operation(const group_operation&) = delete;
  group_operation& operator=(const group_operation&) = delete;

  ~group_operation() {
    stop_.disarm();
    if (group_.state() == waiter_state::ready) ready_list::remove(group_);
    if (group_.state() == waiter_state::linked) leave_all();
  }

  // So that no compiler moves the group: see wait_operation.
  auto operator co_await() noexcept { return awaiter_of<group_operation>(*this); }

  bool await_ready() const noexcept { return members_.size() == 0; }

  // Returns false, and the coroutine goes on, where the wait ends at once.
  bool await_suspend(std::coroutine_handle<> coroutine) {
    if (group_.state() != waiter_state::idle) {
      fatal(
          "a wait was awaited a second time. Call wait_all() or wait_any() anew for each "
          "co_await.");
    }
    group_.continuation = coroutine.address();
    for (member& each : members_) map_.locate(each.key.get(), each);
    stop_.arm(*this);
    group_.set(waiter_state::linked);
    try {
      register_all();
    } catch (...) {
      // Where a member has already got the value, the wait has ended and the error came too late.
      if (All || group_.wins(group_)) {
        stop_.disarm();
        leave_all();
        group_.set(waiter_state::done);
        throw;
      }
    }
    // acq_rel: either the stop callback sees that all are registered, or this sees the stop
    if (phase_.fetch_add(all_registered, std::memory_order_acq_rel) >= stop_requested) {
      ready_list nobody;  // the coroutine's place is still held
      end_by_stop(nobody);
    }
    if (!group_.leave()) return true;
    unlink_losers();
    group_.set(waiter_state::done);
    return false;
  }

  result_type await_resume() {
    stop_.disarm();
    if constexpr (All) {
      for (member& each : members_) results_.push_back(outcome_of(each));
      return std::move(results_);
    } else {
      const waiter<Policy>* winner = group_.winner();
      if (winner == nullptr || winner == &group_) {
        return {result_type::no_key, wait_outcome<Value>(status_of(group_.end))};
      }
      member& first = const_cast<member&>(static_cast<const member&>(*winner));
      return {static_cast<std::size_t>(&first - members_.begin()),
              result_of<wait_outcome<Value>>::read(first)};
    }
  }

  // Runs on the thread that requests the stop. While the coroutine registers, it sees to the stop
  // itself.
  void stop() noexcept {
    if (phase_.fetch_add(stop_requested, std::memory_order_acq_rel) < all_registered) return;
    ready_list ready;
    end_by_stop(ready);
    map_.resume(ready);  // touches the map only where this stop ended the wait
  }

 private:
  static constexpr std::uint8_t all_registered = 1;
  static constexpr std::uint8_t stop_requested = 2;

  void register_all() {
    member* closed = nullptr;
    for (member& each : members_) {
      if (!All && group_.winner() != nullptr) return;
      if (Core::begin_wait(each.key.get(), each, stop_) || each.end == wait_end::lost) continue;
      if (!All && each.end == wait_end::closed) {
        if (closed == nullptr) closed = &each;  // a key behind it may have a value
      } else {
        group_.leave();
      }
    }
    if (closed != nullptr && group_.wins(*closed)) group_.leave();
  }

  void end_by_stop(ready_list& ready) noexcept {
    if constexpr (All) {
      for (member& each : members_) {
        if (each.state() == waiter_state::linked) Core::stop_member(each.key.get(), each, ready);
      }
    } else if (group_.wins(group_)) {
      group_.end = wait_end::stopped;
      if (group_.leave()) Core::publish_whole(group_, ready);
    }
  }

  // When the group is decided: nobody decides a member any more.
  void unlink_losers() noexcept {
    for (member& each : members_) {
      if (each.state() == waiter_state::linked) {
        Core::abandon(each.key.get(), each, wait_end::lost);
      }
    }
  }

  // While the group is undecided: another thread may just be deciding a member. It holds the lock
  // of the member's shard until it has left the group, so this takes each of these locks once.
  void leave_all() noexcept {
    for (member& each : members_) Core::abandon(each.key.get(), each, wait_end::cancelled);
  }

  static wait_outcome<Value> outcome_of(member& ended) {
    if (ended.end == wait_end::failed) return wait_outcome<Value>(ended.error());
    return result_of<wait_outcome<Value>>::read(ended);
  }

  Core& map_;
  own_group group_;
  fixed_array<member> members_;
  typename Policy::template atomic<std::uint8_t> phase_{0};
  std::vector<wait_outcome<Value>> results_;  // room made beforehand
  WAIT_MAP_NO_UNIQUE_ADDRESS stop_part<group_operation, Token> stop_;
};

}  // namespace waitmap::detail
