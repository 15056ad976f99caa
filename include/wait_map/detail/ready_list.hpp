// ready_list: waiters whose outcome is decided, on their way to resumption, in order.
#pragma once

#include <wait_map/detail/waiter.hpp>

namespace waitmap::detail {

// A circular list through the waiters, owned by one thread. A waiter leaves in O(1) without knowing
// the list: so a frame may be destroyed by a sibling that was resumed before it.
//
// Nobody leaves before the first was resumed or the list was spliced: until then the `previous` of
// the first is not set.
class ready_list {
 public:
  ready_list() noexcept : ends_{&ends_, &ends_} {}
  ready_list(const ready_list&) = delete;

  bool empty() const noexcept { return ends_.next == &ends_; }

  void push_back(waiter_node& added) noexcept {
    if (added.kind == waiter_kind::group) has_groups_ = true;
    push_back(added, added);
  }
  // The waiters from `first` to `last`, which are linked to each other. No groups.
  void push_back(waiter_node& first, waiter_node& last) noexcept {
    if (empty()) {
      ends_ = {&first, &last};
      last.next = &ends_;
    } else {
      append(first, last);
    }
  }

  // Whether a group was ever added; and all that are here.
  bool has_groups() const noexcept { return has_groups_; }
  template <class Function>
  void for_each_group(Function&& function) {
    for (waiter_links* each = ends_.next; each != &ends_; each = each->next) {
      auto& node = static_cast<waiter_node&>(*each);
      if (node.kind == waiter_kind::group) function(node);
    }
  }

  // Moves all of `other` behind what is here. Cost: O(1).
  void splice(ready_list& other) noexcept {
    if (other.empty()) return;
    waiter_links& first = *other.ends_.next;
    waiter_links& last = *other.ends_.previous;
    other.ends_ = {&other.ends_, &other.ends_};
    if (empty()) {
      ends_ = {&first, &last};
      first.previous = &ends_;
      last.next = &ends_;
    } else {
      append(first, last);
    }
  }

  // The next waiter, which has then left the list. Not where it is empty.
  waiter_node& pop_front() noexcept {
    waiter_links& front = *ends_.next;
    ends_.next = front.next;
    ends_.next->previous = &ends_;
    front.next = nullptr;
    return static_cast<waiter_node&>(front);
  }

  // `gone` is in a ready_list of the calling thread from which a waiter was resumed, or has left it.
  static void remove(waiter_node& gone) noexcept {
    if (gone.next == nullptr) return;
    gone.previous->next = gone.next;
    gone.next->previous = gone.previous;
  }

 private:
  // Behind those who are here.
  void append(waiter_links& first, waiter_links& last) noexcept {
    first.previous = ends_.previous;
    last.next = &ends_;
    ends_.previous->next = &first;
    ends_.previous = &last;
  }

  waiter_links ends_;  // before the first and behind the last
  bool has_groups_ = false;
};

}  // namespace waitmap::detail
