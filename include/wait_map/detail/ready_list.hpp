// ready_list: waiters whose outcome is decided, on their way to resumption, in order.
#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/waiter.hpp>

namespace waitmap::detail {

struct deferred_call;

// Ready waiters that belong to no call: a circle through its own links, which begins when the first
// comes. Trivially destructible, so that a thread can keep one to its very end.
struct waiter_chain {
  waiter_links ends{nullptr, nullptr};

  bool empty() const noexcept { return ends.next == nullptr || ends.next == &ends; }
};

// A circular list through the waiters, owned by one thread. A waiter leaves in O(1) without knowing
// the list: so a frame may be destroyed by a sibling that was resumed before it.
class ready_list {
 public:
  ready_list() noexcept : ends_{&ends_, &ends_} {}
  ready_list(const ready_list&) = delete;
  ~ready_list() {}  // take_exception() sees to the exception

  bool empty() const noexcept { return ends_.next == &ends_; }

  void push_back(waiter_node& added) noexcept {
    if (is_other(added)) has_others_ = true;
    added.look_ahead();
    push_back(added, added);
  }
  // The waiters from `first` to `last`, which are linked to each other. Coroutines that wait for one
  // key.
  void push_back(waiter_links& first, waiter_links& last) noexcept {
    first.previous = ends_.previous;
    last.next = &ends_;
    ends_.previous->next = &first;
    ends_.previous = &last;
  }

  // Whether others than coroutines were ever added: a group, a notice or a thread.
  bool has_others() const noexcept { return has_others_; }
  // `function` may remove its argument.
  template <class Function>
  void for_each(Function&& function) {
    for (waiter_links* each = ends_.next; each != &ends_;) {
      auto& node = static_cast<waiter_node&>(*each);
      each = each->next;
      function(node);
    }
  }

  // Moves all of `other` behind what is here. Cost: O(1).
  void splice(ready_list& other) noexcept {
    if (other.empty()) return;
    push_back(*other.ends_.next, *other.ends_.previous);
    other.ends_ = {&other.ends_, &other.ends_};
  }

  // Likewise to a chain, and back.
  void move_to(waiter_chain& chain) noexcept {
    if (chain.empty()) chain.ends = {&chain.ends, &chain.ends};
    if (empty()) return;
    ends_.next->previous = chain.ends.previous;
    ends_.previous->next = &chain.ends;
    chain.ends.previous->next = ends_.next;
    chain.ends.previous = ends_.previous;
    ends_ = {&ends_, &ends_};
  }
  void move_from(waiter_chain& chain) noexcept {
    if (chain.empty()) return;
    push_back(*chain.ends.next, *chain.ends.previous);
    chain.ends = {&chain.ends, &chain.ends};
  }

  // The next waiter; not where it is empty.
  waiter_node& front() const noexcept { return static_cast<waiter_node&>(*ends_.next); }
  // Likewise; it has then left the list.
  waiter_node& pop_front() noexcept {
    waiter_links& front = *ends_.next;
    ends_.next = front.next;
    ends_.next->previous = &ends_;
    front.next = nullptr;
    return static_cast<waiter_node&>(front);
  }

  // `gone` is in a ready_list of the calling thread, or has left it.
  static void remove(waiter_node& gone) noexcept {
    if (gone.next == nullptr) return;
    gone.previous->next = gone.next;
    gone.next->previous = gone.previous;
    gone.next = nullptr;
  }

  // In a handler: keeps the exception that it handles.
  WAIT_MAP_NOINLINE void store_exception() noexcept {
    std::construct_at(&exception_, std::current_exception());
  }
  // The one that was kept last. Not where none was.
  std::exception_ptr take_exception() noexcept {
    std::exception_ptr taken(std::move(exception_));
    std::destroy_at(&exception_);
    return taken;
  }

 private:
  static bool is_other(const waiter_node& added) noexcept {
    switch (added.kind) {
      case waiter_kind::group:
      case waiter_kind::notice:
        return true;
      case waiter_kind::observer:
      case waiter_kind::visitor:
      case waiter_kind::follower:
      case waiter_kind::taker:
      case waiter_kind::claim:
        break;
    }
    return added.role == waiter_role::thread;
  }

  waiter_links ends_;  // before the first and behind the last
  bool has_others_ = false;
  // Nothing is there, nor looked for, until one is kept: so the usual way does not pay for it.
  union {
    std::exception_ptr exception_;
  };
};

}  // namespace waitmap::detail
