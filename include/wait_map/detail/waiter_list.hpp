// waiter_list: the inline-one small vector of waiters that a slot holds, in the order of
// registration.
#pragma once

#include <cstddef>
#include <cstdint>

#include <wait_map/detail/waiter.hpp>
#include <wait_map/detail/waiter_queue.hpp>

namespace waitmap::detail {

// Two words, trivially copyable: the owner of a queue is whoever holds the list in its slot.
//
// | waiters    | first_            | second_           |
// |------------|-------------------|-------------------|
// | none       | 0                 | nullptr           |
// | one, two   | the oldest        | the other or null |
// | more       | the queue, plus 1 | nullptr           |
//
// Once a queue, it stays one until its last waiter leaves.
class waiter_list {
 public:
  waiter_list() noexcept = default;
  explicit waiter_list(waiter_node& only) noexcept
      : first_(reinterpret_cast<std::uintptr_t>(&only)) {}
  // As a slot keeps it, in two words of its own.
  waiter_list(std::uintptr_t first, waiter_node* second) noexcept
      : first_(first), second_(second) {}
  std::uintptr_t first_word() const noexcept { return first_; }
  waiter_node* second_word() const noexcept { return second_; }

  bool empty() const noexcept { return first_ == 0; }

  bool has_claim() const noexcept { return count(waiter_kind::claim) != 0; }
  bool only_takers() const noexcept { return count(waiter_kind::taker) == size(); }
  // Whether any value or end that comes is for all of them.
  bool all_plain() const noexcept {
    if (is_queue()) return queue()->all_plain();
    return (first_ == 0 || first()->plain()) && (second_ == nullptr || second_->plain());
  }
  // The oldest; nullptr where there is none.
  waiter_node* front() const noexcept { return is_queue() ? queue()->front() : first(); }

  // The number of waiters, a claim not counted.
  std::size_t waiting() const noexcept { return size() - count(waiter_kind::claim); }

  // Throws std::bad_alloc: nothing has changed. Cost: O(1) amortised.
  void push_back(waiter_node& added) {
    if (is_queue()) {
      queue()->push_back(added);
    } else if (first_ == 0) {
      first_ = reinterpret_cast<std::uintptr_t>(&added);
    } else if (second_ == nullptr) {
      second_ = &added;
    } else {
      spill(added);
    }
  }

  // `gone` is in this list. Cost: O(1) amortised.
  void remove(waiter_node& gone) noexcept {
    if (is_queue()) {
      queue()->remove(gone);
      free_empty_queue();
    } else if (&gone == second_) {
      second_ = nullptr;
    } else {
      first_ = reinterpret_cast<std::uintptr_t>(second_);
      second_ = nullptr;
    }
  }

  // In the order of registration.
  template <class Function>
  void for_each(Function&& function) const {
    if (is_queue()) {
      queue()->for_each(function);
    } else {
      if (first_ != 0) function(*first());
      if (second_ != nullptr) function(*second_);
    }
  }

  // Removes those for whom leaves(waiter) is true and calls left(waiter), which may end the
  // waiter's life.
  template <class Leaves, class Left>
  void remove_if(Leaves&& leaves, Left&& left) noexcept {
    if (is_queue()) {
      queue()->remove_if(leaves, left);
      free_empty_queue();
      return;
    }
    const waiter_list before = *this;
    *this = waiter_list();
    before.for_each([&](waiter_node& each) {
      if (leaves(each)) {
        left(each);
      } else {
        push_back(each);
      }
    });
  }

  // Where there is a queue: calls function(block), which takes the block over, for each block of
  // it; the list is then empty. Returns whether there was one.
  template <class Function>
  bool release_blocks(Function&& function) {
    if (!is_queue()) return false;
    queue()->release_blocks(function);
    waiter_queue::free(queue());
    first_ = 0;
    return true;
  }

  // Of a waiter that is in a list: the queue in which it is, if it is in one; and its key's hash.
  static waiter_queue* queue_of(const waiter_node& waiting) noexcept {
    return waiting.index == waiter_node::no_index ? nullptr : waiting.registered.block->queue;
  }
  static std::size_t hash_of(const waiter_node& waiting) noexcept {
    const waiter_queue* queue = queue_of(waiting);
    return queue ? queue->hash() : waiting.registered.hash;
  }

 private:
  bool is_queue() const noexcept { return (first_ & 1) != 0; }
  waiter_queue* queue() const noexcept { return reinterpret_cast<waiter_queue*>(first_ - 1); }
  waiter_node* first() const noexcept { return reinterpret_cast<waiter_node*>(first_); }

  std::size_t size() const noexcept {
    if (is_queue()) return queue()->size();
    return std::size_t{first_ != 0} + std::size_t{second_ != nullptr};
  }
  std::size_t count(waiter_kind kind) const noexcept {
    if (is_queue()) return queue()->count(kind);
    return std::size_t{first_ != 0 && first()->kind == kind} +
           std::size_t{second_ != nullptr && second_->kind == kind};
  }

  void spill(waiter_node& third) {
    waiter_queue* made = waiter_queue::make(third.registered.hash);
    made->push_back(*first());
    made->push_back(*second_);
    made->push_back(third);
    first_ = reinterpret_cast<std::uintptr_t>(made) + 1;
    second_ = nullptr;
  }
  void free_empty_queue() noexcept {
    if (queue()->size() != 0) return;
    waiter_queue::free(queue());
    first_ = 0;
  }

  std::uintptr_t first_ = 0;
  waiter_node* second_ = nullptr;
};

}  // namespace waitmap::detail
