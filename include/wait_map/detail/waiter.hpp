// waiter: the node of one wait. It lives in what is awaited: for a co_await in the coroutine's frame, for a
// subscription in its handle, for a sender or Asio in the operation, for a thread on its stack. A wait for several
// keys has all of its waiters in one allocation.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <wait_map/detail/key.hpp>

namespace waitmap::detail {

// | state  | the waiter is           | who changes the state       | who may destroy the waiter     |
// |--------|-------------------------|-----------------------------|--------------------------------|
// | idle   | nowhere                 | its own thread, at the wait | its owner                      |
// | linked | in a slot's waiter_list | who holds the shard's lock  | its owner; it is unlinked      |
// | ready  | in a ready_list, or its | the thread that decided     | code on that thread: it leaves |
// |        | coroutine was resumed   |                             | the list; others never: a race |
// | done   | nowhere; the wait ended | nobody                      | its owner                      |
//
// A blocked thread finds its waiter ready, and destroys it, once it is unparked: the thread that decided touches it no
// more.
enum class waiter_state : std::uint8_t { idle, linked, ready, done };

// How a wait ended. Set once, under the shard's lock, by whoever unlinks the waiter.
enum class wait_end : std::uint8_t {
  pending,
  value,
  cancelled,
  stopped,
  closed,
  abandoned,
  failed,   // by an exception
  claimed,  // a follower: the claim is its own now
  lost,     // a member of a wait_group of which another was first
  unwound,  // stopped by the parent of the coroutine, which ends as its family ends stopped work
};

// What a waiter wants of a value that arrives, and so how it is delivered.
enum class waiter_kind : std::uint8_t {
  observer,  // a copy (value_waiter)
  visitor,   // a call with a reference to it (visiting_waiter)
  follower,  // a copy; or the claim of the key, when its holder lets go of it (follower_waiter)
  taker,     // the value itself (value_waiter)
  claim,     // nothing: it marks the key as claimed by a producer (claim_node)
  group,     // not in a slot: stands for a wait_group, of which some may have lost, in a ready_list
  notice,    // likewise: an unwanted_notice
};

// Whom the end of a wait concerns.
enum class waiter_role : std::uint8_t {
  single,      // the coroutine that awaits it
  subscribed,  // likewise, but it may not be awaited yet
  member,      // a wait_group
  thread,      // a thread that is parked in blocking_wait()
};

// What a waiter_list knows of all that are in it.
enum list_mark : std::uint8_t { nothing_known = 0, takers_only = 2, plain_observers_only = 4 };

class ready_list;

// The neighbours of a waiter. Linked: in the waiter_list of its slot, touched under the shard's lock. Ready: in a
// ready_list, touched by the thread that owns that list. Idle or done: nobody reads them.
struct waiter_links {
  waiter_links* next;
  waiter_links* previous;
};

// What the lists need of a waiter. Its links are set when it is put into a list. Aligned so that an
// address leaves three bits for marks, on 32-bit machines too.
//
// Each field says who may touch it, and when. The deciding thread is the one whose ready_list has the waiter: it
// may touch all of them, under no lock.
struct alignas(8) waiter_node : waiter_links {
  explicit waiter_node(waiter_kind which, waiter_role whose = waiter_role::single) noexcept
      : kind(which), role(whose), mark(mark_of(which, whose)) {}
  // Of one that is idle, as are the move constructors of all kinds of waiters. That one is not awaited any more.
  waiter_node(waiter_node&& idle) noexcept
      : waiter_links(),
        map(idle.map),
        hash(idle.hash),
        kind(idle.kind),
        role(idle.role),
        directly(idle.directly),
        mark(idle.mark) {
    idle.continuation = &idle;
  }
  waiter_node& operator=(const waiter_node&) = delete;

  union {
    // Idle: its owner. The core of the map on which it will wait.
    void* map = nullptr;
    // Written by its owner, before it is linked and when it takes the outcome (null). Linked: anyone reads it, without
    // the lock, for it says which lock.
    void* shard;
  };
  union {
    // The address of the coroutine's frame; null: not awaited yet. Written by its owner before it is linked; of a
    // subscription that is linked, under the lock. Read under the lock, and by the deciding thread.
    void* continuation = nullptr;
    // Role member: its wait_group. Written by its owner before it is linked. Read by anyone.
    void* group;
    // Role thread: its parker. Written by its owner before it is linked. Read by the deciding thread.
    void* parker;
  };
  union {
    // 32 bits of its key's hash: by these and by its address a table finds it (see at_an_end). Written by its owner
    // before it is linked. Linked: read under the lock.
    short_hash hash{};
    // From when it is in a ready_list: see look_ahead(). The deciding thread.
    std::int32_t ahead;
  };
  // These lie in one word with `directly`: read by its owner while it is idle, under the lock while it is linked, then
  // by the deciding thread. The kind and the role never change.
  waiter_kind kind : 4;
  waiter_role role : 3;
  // Resumed without the map's resumer: it names its own (via). Written by its owner while it is idle, then under the
  // lock. Read by the deciding thread.
  bool directly : 1 = false;
  // Of a list of this one alone. Never changes. Read under the lock.
  list_mark mark;

  // In a ready_list: notes a waiter that stands some places behind this one, or, without an argument, none. It is
  // only ever prefetched, since it may leave, and its life end, before this one is resumed.
  void look_ahead() noexcept { ahead = 0; }
  void look_ahead(const waiter_node& to) noexcept {
    const auto distance = static_cast<std::ptrdiff_t>(address_of(to) - address_of(*this));
    const auto units = static_cast<std::int32_t>(distance / unit);
    ahead = units * unit == distance ? units : 0;  // else it is too far away
  }
  // An address that need not be valid; its own where none is noted.
  std::uintptr_t seen_ahead() const noexcept {
    return address_of(*this) + static_cast<std::uintptr_t>(ahead * unit);
  }

 private:
  static constexpr std::ptrdiff_t unit = 8;
  static std::uintptr_t address_of(const waiter_node& of) noexcept {
    return reinterpret_cast<std::uintptr_t>(&of);
  }

  // Of a plain observer any value or end that comes is for its coroutine alone, at once, and a copy of
  // the value is all that it takes.
  static constexpr list_mark mark_of(waiter_kind kind, waiter_role role) noexcept {
    switch (kind) {
      case waiter_kind::observer:
        return role == waiter_role::single ? plain_observers_only : nothing_known;
      case waiter_kind::visitor:
      case waiter_kind::follower:
        return nothing_known;
      case waiter_kind::taker:
      case waiter_kind::claim:
        return takers_only;
      case waiter_kind::group:
      case waiter_kind::notice:
        break;  // never in a waiter_list
    }
    return nothing_known;
  }
};

template <class Policy>
class wait_group;

// What the shards and the resumption need of a waiter.
template <class Policy>
class waiter : public waiter_node {
 public:
  explicit waiter(waiter_kind which, waiter_role whose = waiter_role::single) noexcept
      : waiter_node(which, whose) {}
  waiter(waiter&& idle) noexcept : waiter_node(std::move(idle)) {}

  // acquire: partner of the release in set(): who sees `ready` or `done` without holding the lock
  // (a stop callback, a destructor) sees what was written before.
  waiter_state state() const noexcept { return state_.load(std::memory_order_acquire); }
  void set(waiter_state state) noexcept { state_.store(state, std::memory_order_release); }

  // Whether it is neither in a slot nor in a ready_list. For its owner.
  bool is_over() const noexcept {
    // Of a coroutine that goes on, the compiler sees that it is so, and nothing is read.
    if (shard == nullptr) return true;
    const waiter_state now = state();
    if (now == waiter_state::ready) [[likely]]
      return next == nullptr;
    return now != waiter_state::linked;
  }

 private:
  // Written as the table above says. Read by anyone: a change of it from `linked` tells that the wait is over.
  typename Policy::template atomic<waiter_state> state_{waiter_state::idle};

 public:
  // Linked: written once, under the lock. Of a waiter that is not: by its owner. Of a group: by the stop that wins it.
  // Read under the lock; without it by who has seen the state `ready` or `done`.
  wait_end end = wait_end::pending;
};

// Several waiters of one coroutine, which is resumed when all of them have ended, or the first has.
// The group is itself what stands in the ready_list.
template <class Policy>
class wait_group : public waiter<Policy> {
 public:
  enum class rule : std::uint8_t { all, first };
  using unlinking = void (*)(wait_group&, ready_list&) noexcept;

  // `members` is the number of waiters that will be registered. The coroutine counts as one more until it has
  // registered them all, so that it is not resumed before it is suspended.
  wait_group(rule which, std::size_t members, unlinking function) noexcept
      // Of a wait for all nobody loses: it is resumed as any coroutine.
      : waiter<Policy>(which == rule::all ? waiter_kind::observer : waiter_kind::group),
        unlink_losers(function),
        rule_(which),
        outstanding_((which == rule::all ? members : 1) + 1) {}

  // Unlinks the members that lost. Called without a lock by the thread that is about to resume the
  // coroutine. The notices of claims that are unwanted now go to the list.
  const unlinking unlink_losers;

  // Whether `member` may be decided; under its shard's lock. With rule::first, true for one.
  bool try_decide(waiter<Policy>& member) noexcept {
    return rule_ == rule::all || winner() == &member || wins(member);
  }

  // Whether another was decided for.
  bool excludes(const waiter<Policy>& member) const noexcept {
    return winner() != nullptr && winner() != &member;
  }

  // With rule::first: decides for a member, or, if it is the group itself, against all members.
  // True once.
  bool wins(waiter<Policy>& contender) noexcept {
    waiter<Policy>* nobody = nullptr;
    // acq_rel: orders the decisions of members that lie in different shards
    return winner_.compare_exchange_strong(nobody, &contender, std::memory_order_acq_rel,
                                           std::memory_order_acquire);
  }
  const waiter<Policy>* winner() const noexcept { return winner_.load(std::memory_order_acquire); }

  // For members that are decided, or the coroutine that has registered all. Returns whether they were the
  // last: who calls this then sees to the coroutine, nobody else touches the group any more.
  bool count_down(std::size_t members = 1) noexcept {
    // acq_rel: the last one sees what the others have written
    return outstanding_.fetch_sub(members, std::memory_order_acq_rel) == members;
  }
  // Then nobody else touches the group. acquire: as count_down()
  bool only_one_is_left() const noexcept {
    return outstanding_.load(std::memory_order_acquire) == 1;
  }

 private:
  rule rule_;  // never changes
  // Written once, by the thread that decides. Read by anyone.
  typename Policy::template atomic<waiter<Policy>*> winner_{nullptr};
  // Written by who decides a member, under its shard's lock, and by the coroutine. The last one owns the group.
  typename Policy::template atomic<std::size_t> outstanding_;
};

}  // namespace waitmap::detail
