// group_operation and group_subscription: what wait_all(), wait_any() and take_any(), and subscribe_all(),
// return: one suspension for many keys.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <concepts>
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

// Memory that is aligned for all of them.
template <class... Types>
struct alignas(Types...) unit_of {
  std::byte bytes[(std::max)({alignof(Types)...})];
};

// A waiter for each key, all members of one wait_group, which is this. Registration takes one shard's lock after
// the other; meanwhile, members may be decided already. The coroutine is counted down last (see
// wait_group::count_down): it is not resumed before it has registered all.
//
// A member is made when it is registered. Of a wait for all the first keys often have values: as long as they have,
// these go straight to the result, and no member stays.
//
// Members and keys lie behind it, in the same allocation: so an operation can be moved at any time.
template <class Core, class Value, class Policy, class Key, bool All, class Token>
class group_state : public wait_group<Policy> {
  using group_type = wait_group<Policy>;
  using rule = typename group_type::rule;

  struct member : value_waiter<Value, Policy> {
    member(std::source_location called_at, waiter_kind which, group_type& of) noexcept
        : value_waiter<Value, Policy>(called_at, which, waiter_role::member) {
      this->group = &of;
    }
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
      made.reset(::new (memory) group_state(map, count, which, std::move(token), where));
    } catch (...) {
      deallocate(memory, count);
      throw;
    }
    for (; made->keys_ != count; ++made->keys_, ++next) {
      std::construct_at(made->first_key() + made->keys_, static_cast<Given&&>(*next));
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
    if constexpr (All) results_.reserve(keys_);
  }

  // Registers all. Returns how many of them are decided at once: they are not counted down yet. Throws
  // what registration throws: nothing has changed.
  template <class Parent>
  std::size_t register_members(ready_list& notices, Parent&& parent) {
    if constexpr (!locates_safely) {
      member* unused = first();
      for (const Key& key : keys()) locate(*unused++, key);
    }
    parent.arm();
    try {
      stop_.arm(*this);
    } catch (...) {
      parent.disarm();
      throw;
    }
    this->set(waiter_state::linked);
    std::size_t ended = 0;
    try {
      register_all(ended);
    } catch (...) {
      // Where a member has already got the value, the wait has ended and the error came too late.
      if (All || this->wins(*this)) {
        parent.disarm();
        stop_.disarm();
        withdraw_all();
        this->set(waiter_state::done);
        throw;
      }
    }
    if constexpr (std::same_as<Token, no_stop_token> &&
                  std::same_as<std::remove_cvref_t<Parent>, no_parent>) {
      // relaxed: a parent that comes later sees it by its callback's registration
      phase_.store(all_registered, std::memory_order_relaxed);
      return ended;
    }
    // acq_rel: either the stop callback sees that all are registered, or this sees the stop
    const unsigned before = phase_.fetch_add(all_registered, std::memory_order_acq_rel);
    // And no coroutine: it is not counted down.
    if (before != 0) end_by_stop(end_of(before), notices);
    return ended;
  }

  // Counts down the coroutine, and the members that were decided at once. Returns whether it is
  // suspended: then it may be resumed at any time.
  bool suspend(ready_list& notices, std::size_t ended = 0) noexcept {
    const bool is_over = this->count_down(1 + ended);  // if not, *this may be gone from here on
    if (is_over) {
      if constexpr (!All) unlink_losers(notices);
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
      for (member& each : members()) add_outcome(each);
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

  group_state(Core& of, std::size_t keys, waiter_kind which, Token token,
              std::source_location where)
      : group_type(All ? rule::all : rule::first, keys, &unlink_losers_of),
        map_(of),
        capacity_(keys),
        which_(which),
        where_(where),
        stop_(std::move(token)) {}

  ~group_state() {
    stop_.disarm();
    if (this->state() == waiter_state::ready) ready_list::remove(*this);
    // A subscription that was never awaited, all of whose members have left: the map may be gone.
    if (this->state() == waiter_state::linked && (has_coroutine() || !all_have_left()))
      withdraw_all();
    std::destroy(first(), end_);
    std::destroy_n(first_key(), keys_);
  }

  // --- its memory: *this, and behind it the members and the keys
  using unit = unit_of<group_state, member, Key>;

  static constexpr std::size_t rounded_up(std::size_t bytes, std::size_t to) noexcept {
    return (bytes + to - 1) / to * to;
  }
  static constexpr std::size_t members_at() noexcept {
    return rounded_up(sizeof(group_state), alignof(member));
  }
  static constexpr std::size_t keys_at(std::size_t keys) noexcept {
    return rounded_up(members_at() + keys * sizeof(member), alignof(Key));
  }
  static constexpr std::size_t units(std::size_t keys) noexcept {
    return rounded_up(keys_at(keys) + keys * sizeof(Key), sizeof(unit)) / sizeof(unit);
  }
  static void* allocate(std::size_t keys) { return std::allocator<unit>().allocate(units(keys)); }
  static void deallocate(void* memory, std::size_t keys) noexcept {
    std::allocator<unit>().deallocate(static_cast<unit*>(memory), units(keys));
  }
  void free() noexcept {
    const std::size_t keys = capacity_;
    this->~group_state();
    deallocate(this, keys);
  }
  std::byte* memory() noexcept { return reinterpret_cast<std::byte*>(this); }
  member* first() noexcept { return reinterpret_cast<member*>(memory() + members_at()); }
  Key* first_key() noexcept { return reinterpret_cast<Key*>(memory() + keys_at(capacity_)); }
  std::span<member> members() noexcept { return {first(), end_}; }
  std::span<Key> keys() noexcept { return {first_key(), keys_}; }

  // --- its members
  static constexpr bool locates_safely = Core::template locates_safely<typename Key::lookup_type>;

  // Throws what the hash throws.
  void locate(member& of, const Key& key) { map_.locate(key.get(), made(of)); }
  // A member that is made already, or else is made here.
  member& made(member& of) noexcept {
    if (&of == end_) {
      std::construct_at(end_, where_, All ? waiter_kind::observer : which_, *this);
      ++end_;
    }
    return of;
  }

  // --- its end
  void stop(unsigned how) noexcept {
    const unsigned before = phase_.fetch_add(how, std::memory_order_acq_rel);
    if ((before & all_registered) == 0) return;
    ready_list ready;
    end_by_stop(end_of(before | how), ready);  // the parent may have been the first to stop it
    map_.resume(ready);  // touches the map only where this stop ended the wait
  }

  // Counts those that are decided at once.
  void register_all(std::size_t& ended) {
    constexpr std::size_t most_ahead = Core::most_ahead;
    member* closed = nullptr;
    member* unused = first();
    // While all keys so far have values.
    bool to_result = All && locates_safely && results_.capacity() != 0;
    const auto take = [&](const Value& value) noexcept {
      if (to_result) add_copy(value);
      return to_result;
    };
    // Of many keys in a map that is larger than caches, the memory of some is asked for at once.
    const bool looks_ahead = All && locates_safely && keys_ >= most_ahead && map_.is_far();
    std::array<whole_hash, most_ahead> hashes;
    for (std::size_t n = 0; n != keys_; ++n) {
      if (!All && this->winner() != nullptr) break;
      Key& key = first_key()[n];
      member& each = *unused;
      if constexpr (locates_safely) {
        if (looks_ahead) {
          if (n % most_ahead == 0) map_.hash_ahead(keys().subspan(n), hashes);
          map_.locate_by(hashes[n % most_ahead], made(each));
        } else {
          locate(each, key);
        }
      }
      const bool linked = Core::begin_wait(key, each, stop_, take);
      if (to_result && each.state() == waiter_state::idle) {
        ++ended;
        continue;
      }
      to_result = false;
      ++unused;
      if (linked || each.end == wait_end::lost) continue;
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
    if (to_result && unused != end_) std::destroy_at(--end_);  // no key needed it
  }

  void end_by_stop(wait_end how, ready_list& ready) noexcept {
    if constexpr (All) {
      for (member& each : members()) {
        if (each.state() == waiter_state::linked) Core::stop_member(each, how, ready);
      }
    } else if (this->wins(*this)) {
      this->end = how;
      if (this->count_down()) Core::complete_group(*this, ready);
    }
  }

  static void unlink_losers_of(group_type& group, ready_list& notices) noexcept {
    static_cast<group_state&>(group).unlink_losers(notices);
  }
  // When the group is decided: nobody decides a member any more.
  void unlink_losers(ready_list& notices) noexcept {
    for (member& each : members()) {
      if (each.state() == waiter_state::linked) {
        Core::withdraw(each, wait_end::lost, notices);
      }
    }
  }

  // While the group is undecided: another thread may just be deciding a member. It holds the lock
  // of the member's shard until it is counted down, so this takes each of these locks once.
  void withdraw_all() noexcept {
    ready_list notices;
    for (member& each : members()) Core::withdraw(each, wait_end::cancelled, notices);
    send(notices);
  }

  // To the result: of a value that is present, a copy; where that throws, the exception.
  void add_copy(const Value& value) noexcept {
    if constexpr (std::is_nothrow_copy_constructible_v<Value>) {
      results_.emplace_back(std::in_place, value);
    } else if constexpr (std::copy_constructible<Value>) {  // else there are no waits for all
      try {
        results_.emplace_back(std::in_place, value);
      } catch (...) {
        results_.emplace_back(std::current_exception());
      }
    }
  }
  void add_outcome(member& ended) {
    if (ended.end == wait_end::value) [[likely]] {
      results_.emplace_back(std::in_place, std::move(unwrap(ended.value())));
    } else if (ended.end == wait_end::failed) {
      results_.emplace_back(ended.error());
    } else {
      results_.emplace_back(status_of(ended.end));
    }
  }

  Core& map_;
  const std::size_t capacity_;
  std::size_t keys_ = 0;   // that were made
  member* end_ = first();  // of the members that were made
  const waiter_kind which_;
  const std::source_location where_;
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
    const std::size_t ended = group.register_members(notices, parent);
    return group.suspend(notices, ended);
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
    const std::size_t ended = this->state_->register_members(notices, no_parent());
    if (ended != 0) this->state_->count_down(ended);
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
