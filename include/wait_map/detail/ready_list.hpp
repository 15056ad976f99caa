// ready_list: waiters whose outcome is decided, on their way to resumption, in order.
#pragma once

#include <wait_map/detail/waiter.hpp>
#include <wait_map/detail/waiter_queue.hpp>

namespace waitmap::detail {

// A circular list through the waiters, and through blocks of them, owned by one thread. A waiter
// leaves in O(1) without knowing the list: so a frame may be destroyed by a sibling that was
// resumed before it.
class ready_list {
 public:
  ready_list() noexcept : ends_(waiter_kind::batch) { ends_.links = {&ends_, &ends_}; }

  bool empty() const noexcept { return ends_.links.next == &ends_; }

  void push_back(waiter_node& added) noexcept {
    added.index = waiter_node::no_index;
    if (added.kind == waiter_kind::group) has_groups_ = true;
    append(added);
  }

  // Whether a group was ever added; and all that are here.
  bool has_groups() const noexcept { return has_groups_; }
  template <class Function>
  void for_each_group(Function&& function) {
    for (waiter_node* each = ends_.links.next; each != &ends_; each = each->links.next) {
      if (each->kind == waiter_kind::group) function(*each);
    }
  }

  // Takes the block over, as a batch.
  void push_back(waiter_block& batch) noexcept { append(batch); }

  // Moves all of `other` behind what is here. Cost: O(1).
  void splice(ready_list& other) noexcept {
    if (other.empty()) return;
    waiter_node* first = other.ends_.links.next;
    waiter_node* last = other.ends_.links.previous;
    first->links.previous = ends_.links.previous;
    ends_.links.previous->links.next = first;
    last->links.next = &ends_;
    ends_.links.previous = last;
    other.ends_.links = {&other.ends_, &other.ends_};
  }

  // The next waiter, which has then left the list; nullptr when there is none.
  waiter_node* pop_front() noexcept {
    while (!empty()) {
      waiter_node* front = ends_.links.next;
      if (front->kind != waiter_kind::batch) {
        unlink(*front);
        front->index = waiter_node::resumed_index;
        return front;
      }
      auto* batch = static_cast<waiter_block*>(front);
      if (waiter_node* next = batch->pop_front()) {
        next->index = waiter_node::resumed_index;
        return next;
      }
      unlink(*batch);
      waiter_block::free(batch);
    }
    return nullptr;
  }

  // `gone` is in a ready_list of the calling thread, or has left it.
  static void remove(waiter_node& gone) noexcept {
    if (gone.index == waiter_node::resumed_index) return;
    if (gone.index == waiter_node::no_index) {
      unlink(gone);
    } else {
      gone.registered.block->skip(gone);
    }
  }

 private:
  void append(waiter_node& added) noexcept {
    added.links = {&ends_, ends_.links.previous};
    ends_.links.previous->links.next = &added;
    ends_.links.previous = &added;
  }
  static void unlink(waiter_node& gone) noexcept {
    gone.links.previous->links.next = gone.links.next;
    gone.links.next->links.previous = gone.links.previous;
  }

  waiter_node ends_;  // before the first and behind the last
  bool has_groups_ = false;
};

}  // namespace waitmap::detail
