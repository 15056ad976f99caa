// waiter_queue: three and more waiters of one key, in the order of registration.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

#include <wait_map/detail/annotations.hpp>
#include <wait_map/detail/waiter.hpp>

namespace waitmap::detail {

// Some of the waiters of a queue: pointers to them, with holes where waiters have left. Waiters are
// never moved from one block to another, so a waiter that leaves finds its own place. When a value
// arrives for all, the blocks themselves move to the ready_list, as batches.
class waiter_block : public waiter_node {
 public:
  // Throws std::bad_alloc.
  static waiter_block* make(std::uint32_t capacity, waiter_queue* owner) {
    void* memory = ::operator new(sizeof(waiter_block) + capacity * sizeof(waiter_node*));
    return new (memory) waiter_block(capacity, owner);
  }
  static void free(waiter_block* block) noexcept {
    block->~waiter_block();
    ::operator delete(static_cast<void*>(block));
  }

  std::uint32_t capacity() const noexcept { return capacity_; }
  std::uint32_t live() const noexcept { return live_; }
  bool full() const noexcept { return size_ == capacity_; }
  waiter_node* front() const noexcept { return entries()[head_]; }
  waiter_block* next() const noexcept { return static_cast<waiter_block*>(links.next); }
  waiter_block* previous() const noexcept { return static_cast<waiter_block*>(links.previous); }

  void append(waiter_node& added) noexcept {
    added.index = size_;
    added.registered.block = this;
    entries()[size_++] = &added;
    ++live_;
  }

  void remove(waiter_node& gone) noexcept {
    entries()[gone.index] = nullptr;
    --live_;
    if (gone.index == head_) {
      do ++head_;
      while (head_ < size_ && entries()[head_] == nullptr);
    }
  }

  // Where nobody is left: room for `capacity` waiters anew.
  void clear() noexcept { size_ = head_ = 0; }

  template <class Function>
  void for_each(Function&& function) {
    for (std::uint32_t i = head_; i < size_; ++i) {
      prefetch(i + 2);
      if (waiter_node* entry = entries()[i]) function(*entry);
    }
  }

  // As a batch: the next waiter to resume, nullptr when all were. Those who leave meanwhile are
  // skipped.
  waiter_node* pop_front() noexcept {
    while (head_ < size_) {
      prefetch(head_ + 2);
      if (waiter_node* entry = entries()[head_++]) return entry;
    }
    return nullptr;
  }
  // As a batch: `gone` is not to be resumed.
  void skip(const waiter_node& gone) noexcept { entries()[gone.index] = nullptr; }

 private:
  waiter_block(std::uint32_t capacity, waiter_queue* owner) noexcept
      : waiter_node(waiter_kind::batch), capacity_(capacity) {
    links = {nullptr, nullptr};
    queue = owner;
  }

  waiter_node** entries() noexcept { return reinterpret_cast<waiter_node**>(this + 1); }
  waiter_node* const* entries() const noexcept {
    return reinterpret_cast<waiter_node* const*>(this + 1);
  }
  // Frames of many waiters are far apart in memory; a list could not look ahead, an array can.
  void prefetch([[maybe_unused]] std::uint32_t i) const noexcept {
#if defined(__GNUC__)
    if (i < size_) __builtin_prefetch(entries()[i], 1);
#endif
  }

  std::uint32_t capacity_;
  std::uint32_t size_ = 0;  // entries, holes included
  std::uint32_t live_ = 0;  // entries that are waiters
  std::uint32_t head_ = 0;  // the first that is a waiter; as a batch, the next to resume
};

// A chain of blocks, linked through their `links`, and what is to be known of all their waiters.
// Each block but the last holds a waiter; the last may be empty, so that a queue that shrinks and
// grows again does not allocate each time.
class waiter_queue {
 public:
  // Of waiters who all wait for a key with this hash. Throws std::bad_alloc.
  static waiter_queue* make(std::size_t hash) { return new waiter_queue(hash); }
  // Frees it with its blocks, but not those that were released.
  static void free(waiter_queue* gone) noexcept { delete gone; }
  waiter_queue(const waiter_queue&) = delete;

  std::size_t hash() const noexcept { return hash_; }
  std::size_t size() const noexcept { return size_; }
  std::size_t count(waiter_kind kind) const noexcept {
    return counts_[static_cast<std::size_t>(kind)];
  }
  bool all_plain() const noexcept { return not_plain_ == 0; }
  waiter_node* front() const noexcept { return first_->front(); }

  // Throws std::bad_alloc: nothing has changed.
  void push_back(waiter_node& added) {
    if (last_->full()) append_block();
    last_->append(added);
    ++size_;
    ++counts_[static_cast<std::size_t>(added.kind)];
    not_plain_ += std::uint32_t{!added.plain()};
  }

  // `gone` is in this queue. Cost: O(1) amortised.
  void remove(waiter_node& gone) noexcept {
    waiter_block* block = gone.registered.block;
    take_out(gone);
    if (block->live() == 0) drop(block);
  }

  template <class Function>
  void for_each(Function&& function) {
    for (waiter_block* each = first_; each != nullptr; each = each->next()) {
      each->for_each(function);
    }
  }

  // Removes those for whom leaves(waiter) is true and calls left(waiter), which may end the
  // waiter's life.
  template <class Leaves, class Left>
  void remove_if(Leaves&& leaves, Left&& left) noexcept {
    for (waiter_block* each = first_; each != nullptr;) {
      waiter_block* next = each->next();
      each->for_each([&](waiter_node& node) {
        if (!leaves(node)) return;
        take_out(node);
        left(node);
      });
      if (each->live() == 0) drop(each);
      each = next;
    }
  }

  // Calls function(block) for each block; it may take the block over. All are then gone from here.
  template <class Function>
  void release_blocks(Function&& function) {
    for (waiter_block* each = first_; each != nullptr;) {
      waiter_block* next = each->next();
      function(each);
      each = next;
    }
    first_ = nullptr;
  }

 private:
  // With their 48 bytes of their own these fill 96 and 512.
  static constexpr std::uint32_t first_capacity = 6;
  static constexpr std::uint32_t most_in_block = 58;

  explicit waiter_queue(std::size_t hash)
      : hash_(hash), first_(waiter_block::make(first_capacity, this)), last_(first_) {}
  ~waiter_queue() {
    release_blocks([](waiter_block* each) noexcept { waiter_block::free(each); });
  }

  void take_out(waiter_node& gone) noexcept {
    gone.registered.block->remove(gone);
    --size_;
    --counts_[static_cast<std::size_t>(gone.kind)];
    not_plain_ -= std::uint32_t{!gone.plain()};
  }

  // Not inlined, as drop() is not: one call in dozens comes here.
  WAIT_MAP_NOINLINE void append_block() {
    const bool small = last_->capacity() < most_in_block / 4;
    waiter_block* added = waiter_block::make(small ? 4 * last_->capacity() : most_in_block, this);
    added->links.previous = last_;
    last_->links.next = added;
    last_ = added;
  }
  // A block whose last waiter has left.
  WAIT_MAP_NOINLINE void drop(waiter_block* block) noexcept {
    if (block == last_) {
      block->clear();
      return;
    }
    waiter_block* next = block->next();
    next->links.previous = block->previous();
    if (block == first_) {
      first_ = next;
    } else {
      block->previous()->links.next = next;
    }
    waiter_block::free(block);
  }

  std::size_t hash_;
  std::uint32_t size_ = 0;
  std::uint32_t not_plain_ = 0;
  std::array<std::uint32_t, 4> counts_{};  // by waiter_kind
  waiter_block* first_;
  waiter_block* last_;
};

}  // namespace waitmap::detail
