// ending: what a value or an end does to the waiters of one key. It knows a list of them, and no table, shard or lock.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/claim_node.hpp>
#include <wait_map/detail/delivery.hpp>
#include <wait_map/detail/processor.hpp>
#include <wait_map/detail/ready_list.hpp>
#include <wait_map/detail/stored.hpp>
#include <wait_map/detail/waiter.hpp>
#include <wait_map/detail/waiter_list.hpp>

namespace waitmap::detail {

// Of waits that were ended together.
struct ended_waits {
  std::uint32_t ended;  // those whose outcome was decided here
  std::uint32_t left;   // those who have left the list: the former, and the members that had lost
};
// Likewise, by a value.
struct handed_out {
  std::uint32_t ended;
  std::uint32_t left;
  bool taken;  // a taker has the value now
};

// The caller holds the lock that guards the waiters. Those whose wait ends leave their list, which the caller puts
// back, and go to a ready_list. Claims are in the list, but are not counted.
template <class Value, class Policy>
struct ending {
  using waiter_type = waiter<Policy>;
  using claim_type = claim_node<Policy>;
  using follower_type = follower_waiter<Value, Policy>;
  using group_type = wait_group<Policy>;

  static waiter_type& as_waiter(waiter_node& node) noexcept {
    return static_cast<waiter_type&>(node);
  }

  // --- one waiter --------------------------------------------------------------------------------

  // A waiter that is unlinked and whose end is decided goes where that end is seen to.
  static void complete(waiter_type& ended, ready_list& ready) noexcept {
    switch (ended.role) {
      case waiter_role::single:
        if (ended.kind == waiter_kind::claim) {
          ended.set(waiter_state::done);  // nobody is resumed; its owner may free it from here on
          return;
        }
        break;
      case waiter_role::subscribed:
        if (ended.continuation == nullptr) {
          ended.set(waiter_state::done);  // likewise
          return;
        }
        break;
      case waiter_role::member:
        complete_member(ended, ready);
        return;
      case waiter_role::thread:
        break;  // woken when the lock is dropped
    }
    ready.push_back(ended);
    ended.set(waiter_state::ready);
  }

  static void complete_member(waiter_type& ended, ready_list& ready) noexcept {
    group_type& group = group_of(ended);
    const bool lost = ended.end == wait_end::lost;
    ended.set(waiter_state::done);
    if (!lost && group.count_down()) complete_group(group, ready);
  }

  static group_type& group_of(waiter_type& member) noexcept {
    return *static_cast<group_type*>(member.group);
  }
  // A group that is counted down.
  static void complete_group(group_type& group, ready_list& ready) noexcept {
    ready.push_back(group);
    group.set(waiter_state::ready);
  }

  // A follower leaves the list of a claim that stays. The next one stands behind it, since all join at the
  // back; so each waiter is looked at once in the life of a claim.
  static void stop_following(waiter_type& leaving) noexcept {
    claim_type& claim = *static_cast<follower_type&>(leaving).followed;
    if (claim.oldest_follower != &leaving) return;
    waiter_node* next = waiter_list::next_of(leaving);
    while (next != nullptr && next->kind != waiter_kind::follower)
      next = waiter_list::next_of(*next);
    claim.oldest_follower = static_cast<waiter_type*>(next);
  }

  // Nobody waits for a claim any more, or its holder cannot provide the value any more.
  static void tell_unwanted([[maybe_unused]] claim_type& claim,
                            [[maybe_unused]] ready_list& ready) noexcept {
#if defined(__cpp_lib_jthread)
    if (claim.unwanted == nullptr) return;
    claim.was_told = true;
    ready.push_back(*std::exchange(claim.unwanted, nullptr));
#endif
  }
  static void forget_unwanted([[maybe_unused]] claim_type& claim) noexcept {
#if defined(__cpp_lib_jthread)
    delete std::exchange(claim.unwanted, nullptr);
    claim.was_told = false;
#endif
  }

  // Whether the outcome of a waiter may be decided now. A member that lost is marked, to be
  // unlinked.
  static bool try_decide(waiter_type& each) noexcept {
    if (each.role != waiter_role::member || group_of(each).try_decide(each)) return true;
    each.end = wait_end::lost;
    return false;
  }

  static bool has_lost(waiter_type& each) noexcept {
    return each.role == waiter_role::member && group_of(each).excludes(each);
  }

  // Whether a value will end a wait of a list. If only groups wait, it decides for the first that still waits:
  // the caller must hand out the value.
  static bool anyone_accepts(const waiter_list& waiters) noexcept {
    waiter_node* each = waiters.oldest();
    while (each != nullptr && !try_decide(as_waiter(*each))) each = waiter_list::next_of(*each);
    return each != nullptr;
  }

  // --- a list ------------------------------------------------------------------------------------

  // Decides the outcome of those whom a value is for, and takes them out of the list.
  static handed_out hand_out(waiter_list& waiters, stored<Value>& value,
                             ready_list& ready) noexcept {
    if (waiters.only_plain_observers()) {
      const std::uint32_t ended = give_copies(waiters, unwrap<Value>(value), ready);
      waiters = waiter_list();
      return {ended, ended, false};
    }
    if (waiters.only_takers()) {
      std::uint32_t left = 0;
      waiter_type* const served = serve_oldest(waiters, value, left, ready);
      complete_claim(waiters, ready);
      if (served == nullptr) return {0, left, false};
      complete(*served, ready);
      return {1, left, true};
    }
    std::uint32_t ended = 0;
    waiter_type* taker = nullptr;
    waiters.for_each([&](waiter_node& node) {
      waiter_type& each = as_waiter(node);
      if (each.kind == waiter_kind::claim) return;
      if (each.kind == waiter_kind::taker) {
        if (taker != nullptr || !try_decide(each)) return;
        taker = &each;
        ++ended;
      } else if (try_decide(each)) {
        deliver_value<Value, Policy>(each, unwrap<Value>(value));
        ++ended;
      }
    });
    if (taker != nullptr) move_to(*taker, value);
    const std::uint32_t left = complete_ended(waiters, ready);
    return {ended, left, taker != nullptr};
  }

  // To plain observers, and there are no others.
  WAIT_MAP_ALWAYS_INLINE static std::uint32_t give_copies(const waiter_list& all,
                                                          const Value& value,
                                                          ready_list& ready) noexcept {
    const std::uint32_t ended = give_first_copies(all, value, ready);
    return ended != 0 ? ended : give_other_copies(all, value, ready);
  }
  // In two steps: see end_one_or_two() and end_others().
  WAIT_MAP_ALWAYS_INLINE static std::uint32_t give_first_copies(const waiter_list& all,
                                                                const Value& value,
                                                                ready_list& ready) noexcept {
    if constexpr (std::copy_constructible<Value>) {
      return end_one_or_two(all, copying(value), ready);
    }
    return 0;  // without copies there are no observers
  }
  WAIT_MAP_ALWAYS_INLINE static std::uint32_t give_other_copies(const waiter_list& all,
                                                                const Value& value,
                                                                ready_list& ready) noexcept {
    if constexpr (std::copy_constructible<Value>) {
      // Nobody sees in which order copies are made that cannot throw.
      constexpr auto order = std::is_nothrow_copy_constructible_v<Value>
                                 ? ending_order::any
                                 : ending_order::oldest_first;
      return end_others<order>(all, copying(value), ready);
    }
    return 0;
  }
  WAIT_MAP_ALWAYS_INLINE static auto copying(const Value& value) noexcept {
    return [&value](waiter_type& each) noexcept { give_copy<Value, Policy>(each, value); };
  }

  // Where all are takers, but for a claim: without a look at those behind the oldest. Returns the
  // one who has the value, unlinked; nullptr where all had lost. Adds those who have left to `left`.
  static waiter_type* serve_oldest(waiter_list& waiters, stored<Value>& value, std::uint32_t& left,
                                   ready_list& ready) noexcept {
    while (waiter_node* node = waiters.oldest()) {
      waiter_type& oldest = as_waiter(*node);
      waiters.remove(oldest);
      ++left;
      if (try_decide(oldest)) {
        move_to(oldest, value);
        return &oldest;
      }
      complete(oldest, ready);
    }
    return nullptr;
  }

  // A claim, which is in front, if its end is decided. Its owner sees that without the lock: only
  // when the outcome of all others is decided, and before any of them can know of it.
  static void complete_claim(waiter_list& waiters, ready_list& ready) noexcept {
    if (!waiters.has_claim()) return;
    waiter_type& claim = as_waiter(*waiters.front());
    if (claim.end == wait_end::pending) return;
    tell_unwanted(static_cast<claim_type&>(claim), ready);
    waiters.remove(claim);
    complete(claim, ready);
  }

  static void move_to(waiter_type& taker, stored<Value>& value) noexcept {
    static_cast<value_waiter<Value, Policy>&>(taker).set_value(
        [&]() noexcept { return stored<Value>(std::move(value)); });
  }

  // All waiters but a claim end by finish(waiter).
  template <class Finish>
  static ended_waits end_waits(waiter_list& waiters, const Finish& finish,
                               ready_list& ready) noexcept {
    if (waiters.only_plain_observers()) {
      const std::uint32_t all = end_plain_observers<ending_order::any>(waiters, finish, ready);
      waiters = waiter_list();
      return {all, all};
    }
    std::uint32_t ended = 0;
    waiters.for_each([&](waiter_node& node) {
      waiter_type& each = as_waiter(node);
      if (each.kind == waiter_kind::claim || !try_decide(each)) return;
      finish(each);
      ++ended;
    });
    const std::uint32_t left = complete_ended(waiters, ready);
    return {ended, left};
  }

  enum class ending_order : std::uint8_t { oldest_first, any };

  // The usual case: all are plain observers. They end by finish(waiter), in one pass, and are, as they
  // stand, the list that is resumed. Returns their number.
  template <ending_order Order, class Finish>
  WAIT_MAP_ALWAYS_INLINE static std::uint32_t end_plain_observers(const waiter_list& all,
                                                                  const Finish& finish,
                                                                  ready_list& ready) noexcept {
    const std::uint32_t ended = end_one_or_two(all, finish, ready);
    return ended != 0 ? ended : end_others<Order>(all, finish, ready);
  }
  // Those of a list of one or two; of a longer one the first, and returns 0. In a step of its own, since who calls no
  // function that is not inlined saves no registers.
  template <class Finish>
  WAIT_MAP_ALWAYS_INLINE static std::uint32_t end_one_or_two(const waiter_list& all,
                                                             const Finish& finish,
                                                             ready_list& ready) noexcept {
    waiter_node& first = *all.front();
    waiter_node& last = *all.last_word();
    end_plain_observer(first, finish);
    if (&last == &first) {
      ready.push_back(first, last);
      return 1;
    }
    if (waiter_list::next_of(first) != &last) return 0;
    end_plain_observer(last, finish);
    ready.push_back(first, last);
    return 2;
  }
  // Those behind the first, which is ended. Returns the number of all.
  template <ending_order Order, class Finish>
  WAIT_MAP_ALWAYS_INLINE static std::uint32_t end_others(const waiter_list& all,
                                                         const Finish& finish,
                                                         ready_list& ready) noexcept {
    waiter_node& first = *all.front();
    waiter_node& last = *all.last_word();
    waiter_node& second = *waiter_list::next_of(first);
    std::uint32_t ended = 1;
    if constexpr (Order == ending_order::any) {
      ended += end_from_both_ends(second, last, finish);
    } else {
      ended += end_in_order(second, finish);
    }
    ready.push_back(first, last);
    return ended;
  }
  template <class Finish>
  WAIT_MAP_ALWAYS_INLINE static void end_plain_observer(waiter_node& node,
                                                        const Finish& finish) noexcept {
    waiter_type& each = as_waiter(node);
    finish(each);
    each.look_ahead();
    each.set(waiter_state::ready);
  }

  // Their frames lie anywhere. Each notes one that stands eight places behind it, so that who resumes them need not wait
  // for one line after the other. Where one of the two is not known, the frame of the other is asked for here. Frames
  // that lie side by side need none of that: there it would take a tenth more.
  using last_ended = std::array<waiter_node*, 8>;
  static void note_ahead(waiter_node* earlier, waiter_node* later) noexcept {
    if (earlier != nullptr && later != nullptr) {
      earlier->look_ahead(*later);
    } else {
      prefetch_to_write((earlier != nullptr ? earlier : later)->continuation);
    }
  }

  static bool is_far(const waiter_node& one, const waiter_node* next) noexcept {
    constexpr std::uintptr_t reach = 1024;
    const auto distance =
        reinterpret_cast<std::uintptr_t>(next) - reinterpret_cast<std::uintptr_t>(&one);
    return distance + reach > 2 * reach;
  }

  // Of lists that are ended one after the other and resumed together: the last eight, which note the first of the next.
  class trail {
   public:
    void follow(const waiter_list& ended) noexcept {
      waiter_node* const last = ended.last_word();
      waiter_node* each = ended.front();
      for (std::size_t n = 0;; ++n, each = waiter_list::next_of(*each)) {
        if (n == last_.size()) break;
        waiter_node* const earlier = std::exchange(last_[next_++ % last_.size()], each);
        if (earlier != nullptr) earlier->look_ahead(*each);
        if (each == last) return;
      }
      each = last;
      for (std::size_t n = last_.size(); n-- != 0;) {
        last_[(next_ + n) % last_.size()] = each;
        each = static_cast<waiter_node*>(each->previous);
      }
    }

   private:
    last_ended last_{};
    std::uint32_t next_ = 0;
  };

  // Those from `front` on.
  template <class Finish>
  WAIT_MAP_NOINLINE static std::uint32_t end_in_order(waiter_node& front,
                                                      const Finish& finish) noexcept {
    last_ended before{};
    std::uint32_t n = 0;
    for (waiter_node* one = &front; one != nullptr; ++n) {
      end_plain_observer(*one, finish);
      waiter_node* const next = waiter_list::next_of(*one);
      if (is_far(*one, next)) note_ahead(std::exchange(before[n % before.size()], one), one);
      one = next;
    }
    return n;
  }
  // Those from `front` to `back`. The address of one is known when the line of its neighbour has come into the cache: so
  // they are ended from both ends, two lines at a time.
  template <class Finish>
  WAIT_MAP_NOINLINE static std::uint32_t end_from_both_ends(waiter_node& front, waiter_node& back,
                                                            const Finish& finish) noexcept {
    last_ended before{};
    last_ended behind{};
    waiter_node* one = &front;
    waiter_node* other = &back;
    for (std::uint32_t n = 0;; ++n) {
      end_plain_observer(*one, finish);
      waiter_node* const next = waiter_list::next_of(*one);
      if (is_far(*one, next)) note_ahead(std::exchange(before[n % before.size()], one), one);
      if (one == other) return 2 * n + 1;
      one = next;

      end_plain_observer(*other, finish);
      auto* const previous = static_cast<waiter_node*>(other->previous);
      if (is_far(*other, previous))
        note_ahead(other, std::exchange(behind[n % behind.size()], other));
      if (one == other) return 2 * n + 2;
      other = previous;
    }
  }

  // Those whose end is decided leave the list. Returns their number, a claim not counted.
  static std::uint32_t complete_ended(waiter_list& waiters, ready_list& ready) noexcept {
    std::uint32_t left = 0;
    if (waiters.has_claim()) {
      auto& claim = static_cast<claim_type&>(*waiters.front());
      if (claim.end != wait_end::pending) tell_unwanted(claim, ready);
      claim.oldest_follower = nullptr;  // all go but takers
    }
    waiters.remove_if([](waiter_node& node) { return as_waiter(node).end != wait_end::pending; },
                      [&](waiter_node& node) {
                        left += node.kind != waiter_kind::claim;
                        complete(as_waiter(node), ready);
                      });
    return left;
  }
};

}  // namespace waitmap::detail
