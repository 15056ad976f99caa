// ready_list: waiters whose outcome is decided, on their way to resumption, in order.
#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/waiter.hpp>

namespace waitmap::detail {

// A circular list through the waiters, owned by one thread. A waiter leaves in O(1) without knowing
// the list: so a frame may be destroyed by a sibling that was resumed before it.
class ready_list {
 public:
  ready_list() noexcept : ends_{&ends_, &ends_} {}
  ready_list(const ready_list&) = delete;
  ~ready_list() {}  // take_exception() sees to the exception

  bool empty() const noexcept { return ends_.next == &ends_; }

  void push_back(waiter_node& added) noexcept {
    if (added.kind == waiter_kind::group) has_groups_ = true;
    push_back(added, added);
  }
  // The waiters from `first` to `last`, which are linked to each other. No groups.
  void push_back(waiter_links& first, waiter_links& last) noexcept {
    first.previous = ends_.previous;
    last.next = &ends_;
    ends_.previous->next = &first;
    ends_.previous = &last;
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
    push_back(*other.ends_.next, *other.ends_.previous);
    other.ends_ = {&other.ends_, &other.ends_};
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

  // In a handler: keeps the exception that it handles.
  WAIT_MAP_NOINLINE void keep_exception() noexcept {
    std::construct_at(&exception_, std::current_exception());
  }
  // The one that was kept last. Not where none was.
  std::exception_ptr take_exception() noexcept {
    std::exception_ptr taken(std::move(exception_));
    std::destroy_at(&exception_);
    return taken;
  }

 private:
  waiter_links ends_;  // before the first and behind the last
  bool has_groups_ = false;
  // Nothing is there, nor looked for, until one is kept: so the usual way does not pay for it.
  union {
    std::exception_ptr exception_;
  };
};

}  // namespace waitmap::detail
