// group_operation and group_subscription: what wait_all(), wait_any() and take_any(), and subscribe_all(),
// return: one suspension for many keys.
#pragma once

#include <algorithm>
#include <atomic>
#include <coroutine>
#include <cstddef>
#include <memory>
#include <source_location>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <wait_map/detail/awaiters.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/fatal.hpp>
#include <wait_map/detail/operation.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/result.hpp>

namespace waitmap::detail {

// Memory that is aligned for both.
template <class First, class Second>
struct alignas(First) alignas(Second) unit_of {
  std::byte bytes[(std::max)(alignof(First), alignof(Second))];
};

// A waiter for each key, all members of one wait_group, which is this. Registration takes one shard's lock after
// the other; meanwhile, members may be decided already. The coroutine's place in the group (see
// wait_group::leave) keeps it from being resumed before it has registered all.
//
// The members lie behind it, in the same allocation: so an operation can be moved at any time.
template <class Core, class Value, class Policy, class Key, bool All, class Token>
class group_state : public wait_group<Policy> {
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

 public:
  using result_type =
      std::conditional_t<All, std::vector<wait_outcome<Value>>, first_outcome<Value>>;
  struct deleter {
    void operator()(group_state* old) const noexcept { old->free(); }
  };
  using owner = std::unique_ptr<group_state, deleter>;

  // The keys are [next, next + count); each is forwarded as Given.
  template <class Given, class Iterator>
  static owner make(Core& map, std::in_place_type_t<Given>, std::size_t count, Iterator next,
                    waiter_kind which, Token token, std::source_location where) {
    void* const memory = allocate(count);
    owner made;
    try {
      made.reset(::new (memory) group_state(map, count, std::move(token)));
    } catch (...) {
      deallocate(memory, count);
      throw;
    }
    for (; made->size_ != count; ++made->size_, ++next) {
      std::construct_at(made->first() + made->size_, where, which, *made,
                        static_cast<Given&&>(*next));
    }
    return made;
  }

  group_state(const group_state&) = delete;
  group_state& operator=(const group_state&) = delete;

  // Runs on the thread that requests the stop. While the coroutine registers, it sees to the stop
  // itself.
  void stop() noexcept { stop(stop_requested); }
  void stop_by_parent() noexcept { stop(parent_stopped); }
  bool was_stopped_by_parent() noexcept {
    if constexpr (!All) return this->end == wait_end::unwound;
    return std::ranges::any_of(members(),
                               [](const member& each) { return each.end == wait_end::unwound; });
  }

  bool is_empty() const noexcept { return capacity_ == 0; }
  bool is_idle() const noexcept { return this->state() == waiter_state::idle; }

  // Room for the result is made before it could be lost.
  void reserve_result() {
    if constexpr (All) results_.reserve(size_);
  }

  // Registers all. Throws what registration throws: nothing has changed.
  template <class Parent>
  void register_members(ready_list& notices, Parent&& parent) {
    for (member& each : members()) map_.locate(each.key.get(), each);
    parent.arm();
    try {
      stop_.arm(*this);
    } catch (...) {
      parent.disarm();
      throw;
    }
    this->set(waiter_state::linked);
    try {
      register_all();
    } catch (...) {
      // Where a member has already got the value, the wait has ended and the error came too late.
      if (All || this->wins(*this)) {
        parent.disarm();
        stop_.disarm();
        leave_all();
        this->set(waiter_state::done);
        throw;
      }
    }
    // acq_rel: either the stop callback sees that all are registered, or this sees the stop
    const unsigned before = phase_.fetch_add(all_registered, std::memory_order_acq_rel);
    // And no coroutine: its place is still held.
    if (before != 0) end_by_stop(end_of(before), notices);
  }

  // The coroutine gives up its place. Returns whether it is suspended: then it may be resumed at any time.
  bool suspend(ready_list& notices) noexcept {
    const bool is_over = this->leave();  // if not, *this may be gone from here on
    if (is_over) {
      unlink_losers(notices);
      this->set(waiter_state::done);
    }
    send(notices);
    return !is_over;
  }
  static void send(ready_list& notices) noexcept {
    if (!notices.empty()) Core::see_to_others(notices);
  }
  // Which coroutine that is: before registration, or at least before suspend().
  void set_coroutine(std::coroutine_handle<> coroutine) noexcept {
    this->continuation = coroutine.address();
  }
  // Of one that has not been awaited: whether all members are decided.
  bool all_have_left() const noexcept { return this->only_one_is_left(); }
  bool has_coroutine() const noexcept { return this->continuation != nullptr; }

  result_type take_result() {
    stop_.disarm();
    if constexpr (All) {
      for (member& each : members()) results_.push_back(outcome_of(each));
      return std::move(results_);
    } else {
      const waiter<Policy>* winner = this->winner();
      if (winner == nullptr || winner == this) {
        return {result_type::no_key, wait_outcome<Value>(status_of(this->end))};
      }
      member& chosen = const_cast<member&>(static_cast<const member&>(*winner));
      return {static_cast<std::size_t>(&chosen - first()),
              result_of<wait_outcome<Value>>::read(chosen)};
    }
  }

 private:
  // Of phase_; each is added once.
  static constexpr unsigned all_registered = 1;
  static constexpr unsigned stop_requested = 2;
  static constexpr unsigned parent_stopped = 4;

  static constexpr wait_end end_of(unsigned stopped) noexcept {
    return (stopped & parent_stopped) != 0 ? wait_end::unwound : wait_end::stopped;
  }

  group_state(Core& of, std::size_t members, Token token)
      : group_type(All ? rule::all : rule::first, members, &settle),
        map_(of),
        capacity_(members),
        stop_(std::move(token)) {}

  ~group_state() {
    stop_.disarm();
    if (this->state() == waiter_state::ready) ready_list::remove(*this);
    // A subscription that was never awaited, all of whose members have left: the map may be gone.
    if (this->state() == waiter_state::linked && (has_coroutine() || !all_have_left())) leave_all();
    std::destroy_n(first(), size_);
  }

  // --- its memory: *this, and the members behind it
  static constexpr std::size_t offset() noexcept {
    return (sizeof(group_state) + alignof(member) - 1) / alignof(member) * alignof(member);
  }
  static void* allocate(std::size_t members) {
    return std::allocator<unit_of<group_state, member>>().allocate(units(members));
  }
  static void deallocate(void* memory, std::size_t members) noexcept {
    using unit = unit_of<group_state, member>;
    std::allocator<unit>().deallocate(static_cast<unit*>(memory), units(members));
  }
  static constexpr std::size_t units(std::size_t members) noexcept {
    constexpr std::size_t unit = sizeof(unit_of<group_state, member>);
    return (offset() + members * sizeof(member) + unit - 1) / unit;
  }
  void free() noexcept {
    const std::size_t members = capacity_;
    this->~group_state();
    deallocate(this, members);
  }
  member* first() noexcept {
    return reinterpret_cast<member*>(reinterpret_cast<std::byte*>(this) + offset());
  }
  std::span<member> members() noexcept { return {first(), size_}; }

  // --- its end
  void stop(unsigned how) noexcept {
    const unsigned before = phase_.fetch_add(how, std::memory_order_acq_rel);
    if ((before & all_registered) == 0) return;
    ready_list ready;
    end_by_stop(end_of(before | how), ready);  // the parent may have been the first to stop it
    map_.resume(ready);  // touches the map only where this stop ended the wait
  }

  void register_all() {
    std::size_t ended = 0;
    member* closed = nullptr;
    for (member& each : members()) {
      if (!All && this->winner() != nullptr) break;
      if (Core::begin_wait(each.key, each, stop_) || each.end == wait_end::lost) continue;
      if (All || each.end != wait_end::closed) {
        if (each.end == wait_end::closed) map_.template end_closed<Value>(each);
        ++ended;
      } else if (closed == nullptr) {
        closed = &each;  // a key behind it may have a value
      }
    }
    if (closed != nullptr && this->wins(*closed)) {
      map_.template end_closed<Value>(*closed);
      ++ended;
    }
    if (ended != 0) this->leave_early(ended);
  }

  void end_by_stop(wait_end how, ready_list& ready) noexcept {
    if constexpr (All) {
      for (member& each : members()) {
        if (each.state() == waiter_state::linked) Core::stop_member(each, how, ready);
      }
    } else if (this->wins(*this)) {
      this->end = how;
      if (this->leave()) Core::publish_whole(*this, ready);
    }
  }

  static void settle(group_type& group, ready_list& notices) noexcept {
    static_cast<group_state&>(group).unlink_losers(notices);
  }
  // When the group is decided: nobody decides a member any more.
  void unlink_losers(ready_list& notices) noexcept {
    for (member& each : members()) {
      if (each.state() == waiter_state::linked) {
        Core::abandon(each, wait_end::lost, notices);
      }
    }
  }

  // While the group is undecided: another thread may just be deciding a member. It holds the lock
  // of the member's shard until it has left the group, so this takes each of these locks once.
  void leave_all() noexcept {
    ready_list notices;
    for (member& each : members()) Core::abandon(each, wait_end::cancelled, notices);
    send(notices);
  }

  static wait_outcome<Value> outcome_of(member& ended) {
    if (ended.end == wait_end::failed) return wait_outcome<Value>(ended.error());
    return result_of<wait_outcome<Value>>::read(ended);
  }

  Core& map_;
  const std::size_t capacity_;
  std::size_t size_ = 0;  // members that were made
  typename Policy::template atomic<unsigned> phase_{0};
  std::vector<wait_outcome<Value>> results_;  // room made beforehand
  WAIT_MAP_NO_UNIQUE_ADDRESS stop_part<group_state, Token> stop_;
};

// What both operations have in common.
template <class State>
class group_owner {
 public:
  explicit group_owner(typename State::owner state) noexcept : state_(std::move(state)) {}

  // For the awaiters.
  template <class Parent>
  void stop_by(Parent&) noexcept {
    state_->stop_by_parent();
  }
  template <class Parent>
  bool was_stopped_by(const Parent&) const noexcept {
    return state_->was_stopped_by_parent();
  }
  void resume_directly() noexcept { not_gone().directly = true; }

 protected:
  State& not_gone() const noexcept {
    if (state_ == nullptr) fatal("a wait for several keys was awaited after it was moved from.");
    return *state_;
  }

  typename State::owner state_;
};

// Registers when it is awaited.
template <class Core, class Value, class Policy, class Key, bool All, class Token>
class [[nodiscard("a wait does nothing until it is awaited with co_await")]] group_operation
    : public group_owner<group_state<Core, Value, Policy, Key, All, Token>>,
      public awaited_anywhere<group_operation<Core, Value, Policy, Key, All, Token>> {
  using state = group_state<Core, Value, Policy, Key, All, Token>;
  using base = group_owner<state>;

 public:
  template <class... Args>
  explicit group_operation(Core& map, Args&&... args)
      : base(state::make(map, std::forward<Args>(args)...)) {
    this->state_->reserve_result();
  }
  // See wait_operation.
  group_operation(group_operation&&) = default;
  group_operation(group_operation& idle) : group_operation(std::move(idle)) {}

  // So that no compiler moves the group: see wait_operation.
  auto operator co_await() noexcept { return awaiter_of<group_operation>(*this); }

  bool await_ready() const noexcept { return this->not_gone().is_empty(); }

  template <class Parent>
  bool suspend(std::coroutine_handle<> coroutine, Parent&& parent) {
    state& group = this->not_gone();
    if (!group.is_idle()) {
      fatal(
          "a wait was awaited a second time. Call wait_all() or wait_any() anew for each "
          "co_await.");
    }
    group.set_coroutine(coroutine);
    ready_list notices;
    group.register_members(notices, parent);
    return group.suspend(notices);
  }

  typename state::result_type await_resume() { return this->not_gone().take_result(); }
};

// Registers when it is made, and can be awaited later.
template <class Core, class Value, class Policy, class Key, class Token>
class [[nodiscard(
    "a subscription ends when it is destroyed; keep it and await it")]] group_subscription
    : public group_owner<group_state<Core, Value, Policy, Key, true, Token>>,
      public awaited_anywhere<group_subscription<Core, Value, Policy, Key, Token>> {
  using state = group_state<Core, Value, Policy, Key, true, Token>;
  using base = group_owner<state>;

 public:
  template <class... Args>
  explicit group_subscription(Core& map, Args&&... args)
      : base(state::make(map, std::forward<Args>(args)...)) {
    ready_list notices;
    this->state_->register_members(notices, no_parent());
    state::send(notices);
  }
  group_subscription(group_subscription&&) = default;
  group_subscription(group_subscription& other) : group_subscription(std::move(other)) {}

  auto operator co_await() noexcept { return awaiter_of<group_subscription>(*this); }

  /// Whether all outcomes are decided: co_await will not suspend.
  bool await_ready() const noexcept {
    const state& group = this->not_gone();
    return !group.has_coroutine() && group.all_have_left();
  }

  template <class Parent>
  bool suspend(std::coroutine_handle<> coroutine, Parent&& parent) {
    state& group = this->not_gone();
    if (group.has_coroutine() || taken_) refuse();
    group.reserve_result();
    parent.arm();
    group.set_coroutine(coroutine);
    ready_list none;
    return group.suspend(none);
  }

  typename state::result_type await_resume() {
    if (taken_) refuse();
    this->not_gone().reserve_result();
    taken_ = true;
    return this->state_->take_result();
  }

 private:
  [[noreturn]] static void refuse() noexcept {
    fatal("a subscription was awaited a second time. Call subscribe_all() anew for each co_await.");
  }

  bool taken_ = false;
};

}  // namespace waitmap::detail
