// waiter_list: the waiters of one key, as a slot keeps them, in the order of registration.
#pragma once

#include <cstddef>
#include <cstdint>

#include <wait_map/detail/waiter.hpp>

namespace waitmap::detail {

// A doubly linked list through the waiters, in two words: the first of them, and the last. So
// registering allocates nothing, and a waiter that has neighbours on both sides leaves without a look
// for its slot. Trivially copyable: the list is where its two words are.
//
// A claim stands in front of all others, so that it is found at once. The first word also says what
// is known of those that are here:
//
// | mark                 | here are no others than | so a value that arrives                           |
// |----------------------|-------------------------|---------------------------------------------------|
// | takers_only          | takers, and a claim     | goes to the oldest without a look at those behind |
// | plain_observers_only | plain observers         | is written to each before anything of it is read  |
//
// The latter is what counts where frames are not cached: a store does not wait for its line.
class waiter_list {
 public:
  waiter_list() noexcept = default;
  explicit waiter_list(waiter_node& only) noexcept
      : first_(address(only) | only.mark), last_(&only) {
    only.next = nullptr;
    only.previous = nullptr;
  }
  // As a slot keeps it, in two words of its own.
  waiter_list(std::uintptr_t first, waiter_node* last) noexcept : first_(first), last_(last) {}
  std::uintptr_t first_word() const noexcept { return first_; }
  waiter_node* last_word() const noexcept { return last_; }

  bool empty() const noexcept { return first_ == 0; }
  // The claim, or the oldest; nullptr where there is none.
  waiter_node* front() const noexcept {
    return reinterpret_cast<waiter_node*>(first_ & ~all_marks);
  }
  static waiter_node* next_of(const waiter_node& each) noexcept {
    return static_cast<waiter_node*>(each.next);
  }

  bool has_claim() const noexcept { return !empty() && front()->kind == waiter_kind::claim; }
  // The oldest but for a claim; nullptr where there is none.
  waiter_node* oldest() const noexcept { return has_claim() ? next_of(*front()) : front(); }
  bool only_takers() const noexcept { return (first_ & takers_only) != 0; }
  bool only_plain_observers() const noexcept { return (first_ & plain_observers_only) != 0; }

  // The number of waiters, a claim not counted. Cost: linear in it.
  std::size_t waiting() const noexcept {
    std::size_t count = 0;
    for (waiter_node* each = oldest(); each != nullptr; each = next_of(*each)) ++count;
    return count;
  }

  // Behind those who are here: one at least.
  void push_back(waiter_node& added) noexcept {
    added.next = nullptr;
    added.previous = last_;
    last_->next = &added;
    last_ = &added;
    first_ &= ~all_marks | added.mark;
  }
  // In front of those who are here.
  void push_front(waiter_node& claim) noexcept {
    claim.next = front();
    claim.previous = nullptr;
    front()->previous = &claim;
    first_ = address(claim) | (first_ & takers_only);
  }

  // `gone` is in this list.
  void remove(waiter_node& gone) noexcept {
    if (gone.previous != nullptr) {
      gone.previous->next = gone.next;
    } else {
      first_ = gone.next == nullptr ? 0 : address(next_of(gone)) | (first_ & all_marks);
    }
    if (gone.next != nullptr) {
      gone.next->previous = gone.previous;
    } else {
      last_ = static_cast<waiter_node*>(gone.previous);
    }
  }
  // Removes a waiter that has neighbours on both sides from whatever list it is in. Returns false,
  // and has done nothing, where it has not.
  static bool remove_inner(const waiter_node& gone) noexcept {
    if (gone.previous == nullptr || gone.next == nullptr) return false;
    gone.previous->next = gone.next;
    gone.next->previous = gone.previous;
    return true;
  }

  // Puts a waiter in the place of `old`, which is in this list.
  void replace(waiter_node& old, waiter_node& by) noexcept {
    take_links(old, by);
    if (old.previous == nullptr) first_ = address(by) | (first_ & all_marks);
    if (old.next == nullptr) last_ = &by;
  }
  // Of one that has neighbours on both sides, in whatever list. Returns false, and has done nothing, where it
  // has not.
  static bool replace_inner(waiter_node& old, waiter_node& by) noexcept {
    if (old.previous == nullptr || old.next == nullptr) return false;
    take_links(old, by);
    return true;
  }

  // In their order.
  template <class Function>
  void for_each(Function&& function) const {
    for (waiter_node* each = front(); each != nullptr; each = next_of(*each)) function(*each);
  }

  // Removes those for whom leaves(waiter) is true and calls left(waiter), which may end the
  // waiter's life. Whoever stays must not observe.
  template <class Leaves, class Left>
  void remove_if(Leaves&& leaves, Left&& left) noexcept {
    for (waiter_node* each = front(); each != nullptr;) {
      waiter_node& here = *each;
      each = next_of(here);
      if (!leaves(here)) continue;
      remove(here);
      left(here);
    }
    if (!empty()) first_ |= takers_only;
  }

 private:
  // A list_mark stands beside the address of a waiter. The lowest bit is the slot's.
  static constexpr std::uintptr_t all_marks = takers_only | plain_observers_only;
  static_assert(alignof(waiter_node) > all_marks);

  static void take_links(const waiter_node& old, waiter_node& by) noexcept {
    by.next = old.next;
    by.previous = old.previous;
    if (old.previous != nullptr) old.previous->next = &by;
    if (old.next != nullptr) old.next->previous = &by;
  }

  static std::uintptr_t address(const waiter_node* of) noexcept {
    return reinterpret_cast<std::uintptr_t>(of);
  }
  static std::uintptr_t address(const waiter_node& of) noexcept { return address(&of); }

  std::uintptr_t first_ = 0;
  waiter_node* last_ = nullptr;
};

}  // namespace waitmap::detail
