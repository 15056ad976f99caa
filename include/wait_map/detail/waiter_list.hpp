// waiter_list: the inline-one small vector of waiters that a slot holds, in the order of
// registration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <stdexcept>

#include <wait_map/detail/waiter.hpp>

namespace waitmap::detail {

// Three and more waiters: a heap block of pointers, with holes where waiters have left. When a
// value arrives for all of them the block itself moves to the ready_list, as a batch.
class waiter_block : public waiter_node {
 public:
  // Throws std::bad_alloc, std::length_error.
  static waiter_block* make(std::size_t capacity) {
    if (capacity > std::numeric_limits<std::uint32_t>::max() / 2) {
      throw std::length_error("wait_map: too many waiters on one key");
    }
    return new (::operator new(bytes(capacity))) waiter_block(static_cast<std::uint32_t>(capacity));
  }
  // Returns nullptr where there is no memory.
  static waiter_block* try_make(std::size_t capacity) noexcept {
    void* memory = ::operator new(bytes(capacity), std::nothrow);
    return memory ? new (memory) waiter_block(static_cast<std::uint32_t>(capacity)) : nullptr;
  }
  static void free(waiter_block* block) noexcept {
    block->~waiter_block();
    ::operator delete(static_cast<void*>(block));
  }

  std::uint32_t capacity() const noexcept { return capacity_; }
  std::uint32_t live() const noexcept { return live_; }
  bool full() const noexcept { return size_ == capacity_; }
  bool all_plain() const noexcept { return not_plain_ == 0; }
  bool has_claim() const noexcept { return has_claim_; }
  bool only_takers() const noexcept { return takers_ == live_; }
  waiter_node* front() const noexcept { return entries()[head_]; }

  void append(waiter_node& added) noexcept {
    added.index = size_;
    entries()[size_++] = &added;
    ++live_;
    if (!added.plain()) ++not_plain_;
    if (added.kind == waiter_kind::taker) ++takers_;
    if (added.kind == waiter_kind::claim) has_claim_ = true;
  }

  void remove(waiter_node& gone) noexcept {
    entries()[gone.index] = nullptr;
    --live_;
    if (!gone.plain()) --not_plain_;
    if (gone.kind == waiter_kind::taker) --takers_;
    if (gone.kind == waiter_kind::claim) has_claim_ = false;  // there is never a second
    while (size_ > 0 && entries()[size_ - 1] == nullptr) --size_;
    while (head_ < size_ && entries()[head_] == nullptr) ++head_;
  }

  // Closes the holes.
  void compact() noexcept {
    std::uint32_t kept = 0;
    for (std::uint32_t i = head_; i < size_; ++i) {
      waiter_node* entry = entries()[i];
      if (entry == nullptr) continue;
      entries()[kept] = entry;
      entry->index = kept++;
    }
    size_ = kept;
    head_ = 0;
  }

  void append_all_of(const waiter_block& other) noexcept {
    if (other.live_ == other.size_) {  // no holes: nobody's index changes, no frame is touched
      for (std::uint32_t i = 0; i < other.size_; ++i) entries()[i] = other.entries()[i];
      size_ = live_ = other.size_;
      not_plain_ = other.not_plain_;
      takers_ = other.takers_;
      has_claim_ = other.has_claim_;
      return;
    }
    for (std::uint32_t i = other.head_; i < other.size_; ++i) {
      other.prefetch(i + 8);
      if (waiter_node* entry = other.entries()[i]) append(*entry);
    }
  }

  template <class Function>
  void for_each(Function&& function) {
    for (std::uint32_t i = head_; i < size_; ++i) {
      prefetch(i + 2);
      if (waiter_node* entry = entries()[i]) function(*entry);
    }
  }

  // As a batch: the next waiter to resume, nullptr when all were. Those who leave meanwhile are
  // skipped.
  waiter_node* next() noexcept {
    while (head_ < size_) {
      prefetch(head_ + 2);
      if (waiter_node* entry = entries()[head_++]) return entry;
    }
    return nullptr;
  }

 private:
  explicit waiter_block(std::uint32_t capacity) noexcept
      : waiter_node(waiter_kind::batch), capacity_(capacity) {}

  static constexpr std::size_t bytes(std::size_t capacity) noexcept {
    return sizeof(waiter_block) + capacity * sizeof(waiter_node*);
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
  std::uint32_t head_ =
      0;  // of entries, the first that is a waiter; as a batch, the next to resume
  std::uint32_t not_plain_ = 0;
  std::uint32_t takers_ = 0;
  bool has_claim_ = false;
};

// Two words, trivially copyable: the owner of a block is whoever holds the list in its slot.
//
// | waiters    | first_            | second_           |
// |------------|-------------------|-------------------|
// | none       | 0                 | nullptr           |
// | one, two   | the oldest        | the other or null |
// | more       | the block, plus 1 | nullptr           |
//
// Once a block, it stays one until its last waiter leaves.
class waiter_list {
 public:
  waiter_list() noexcept = default;
  explicit waiter_list(waiter_node& only) noexcept
      : first_(reinterpret_cast<std::uintptr_t>(&only)) {
    only.index = 0;
  }
  // As a slot keeps it, in two words of its own.
  waiter_list(std::uintptr_t first, waiter_node* second) noexcept
      : first_(first), second_(second) {}
  std::uintptr_t first_word() const noexcept { return first_; }
  waiter_node* second_word() const noexcept { return second_; }

  bool empty() const noexcept { return first_ == 0; }

  bool has_claim() const noexcept {
    if (is_block()) return block()->has_claim();
    return (first_ != 0 && first()->kind == waiter_kind::claim) ||
           (second_ != nullptr && second_->kind == waiter_kind::claim);
  }

  bool only_takers() const noexcept {
    if (is_block()) return block()->only_takers();
    return (first_ == 0 || first()->kind == waiter_kind::taker) &&
           (second_ == nullptr || second_->kind == waiter_kind::taker);
  }
  // The oldest; nullptr where there is none.
  waiter_node* front() const noexcept { return is_block() ? block()->front() : first(); }

  // The number of waiters, a claim not counted.
  std::size_t waiting() const noexcept {
    const std::size_t all =
        is_block() ? block()->live() : std::size_t{first_ != 0} + std::size_t{second_ != nullptr};
    return all - std::size_t{has_claim()};
  }

  // Throws std::bad_alloc, std::length_error: nothing has changed. Cost: O(1) amortised.
  void push_back(waiter_node& added) {
    if (is_block()) {
      if (block()->full()) make_room();
      block()->append(added);
    } else if (first_ == 0) {
      first_ = reinterpret_cast<std::uintptr_t>(&added);
      added.index = 0;
    } else if (second_ == nullptr) {
      second_ = &added;
      added.index = 1;
    } else {
      waiter_block* spilled = waiter_block::make(first_capacity);
      spilled->append(*first());
      spilled->append(*second_);
      spilled->append(added);
      adopt(spilled);
    }
  }

  // `gone` is in this list. Cost: O(1) amortised.
  void remove(waiter_node& gone) noexcept {
    if (is_block()) {
      block()->remove(gone);
      if (block()->live() == 0) {
        waiter_block::free(block());
        first_ = 0;
      } else if (block()->capacity() > 4 * first_capacity &&
                 block()->live() < block()->capacity() / 8) {
        shrink();
      }
    } else if (gone.index == 1) {
      second_ = nullptr;
    } else {
      first_ = reinterpret_cast<std::uintptr_t>(second_);
      if (second_ != nullptr) second_->index = 0;
      second_ = nullptr;
    }
  }

  // In the order of registration.
  template <class Function>
  void for_each(Function&& function) const {
    if (is_block()) {
      block()->for_each(function);
    } else {
      if (first_ != 0) function(*first());
      if (second_ != nullptr) function(*second_);
    }
  }

  // Removes those for whom leaves(waiter) is true and calls left(waiter), which may end the
  // waiter's life.
  template <class Leaves, class Left>
  void remove_if(Leaves&& leaves, Left&& left) noexcept {
    waiter_list before = *this;
    before.for_each([&](waiter_node& each) {
      if (!leaves(each)) return;
      // Not remove(each): an inline list moves up, a block is freed with its last waiter, under
      // for_each.
      if (is_block()) {
        block()->remove(each);
      } else if (&each == second_) {
        second_ = nullptr;
      } else {
        first_ = 0;
      }
      left(each);
    });
    if (is_block()) {
      if (block()->live() == 0) {
        waiter_block::free(block());
        first_ = 0;
      }
    } else if (first_ == 0 && second_ != nullptr) {
      first_ = reinterpret_cast<std::uintptr_t>(second_);
      second_->index = 0;
      second_ = nullptr;
    }
  }

  // Whether any value or end that comes is for all of them.
  bool all_plain() const noexcept {
    if (is_block()) return block()->all_plain();
    return (first_ == 0 || first()->plain()) && (second_ == nullptr || second_->plain());
  }

  // The block, which the caller then owns, if there is one: the list is then empty. Else nullptr.
  waiter_block* release_block() noexcept {
    if (!is_block()) return nullptr;
    waiter_block* released = block();
    first_ = 0;
    return released;
  }

 private:
  static constexpr std::uint32_t first_capacity = 6;

  bool is_block() const noexcept { return (first_ & 1) != 0; }
  waiter_block* block() const noexcept { return reinterpret_cast<waiter_block*>(first_ - 1); }
  waiter_node* first() const noexcept { return reinterpret_cast<waiter_node*>(first_); }
  void adopt(waiter_block* block) noexcept {
    first_ = reinterpret_cast<std::uintptr_t>(block) + 1;
    second_ = nullptr;
  }

  // Where a quarter of the block is holes, closing them is enough; so frames are touched O(1)
  // amortised.
  void make_room() {
    waiter_block* old = block();
    if (old->live() <= old->capacity() - old->capacity() / 4) {
      old->compact();
    } else {
      replace_by(waiter_block::make(std::size_t{old->capacity()} * 2));
    }
  }
  void shrink() noexcept {
    // Only to save memory: without memory the larger block stays. Each time every frame is touched, so
    // to a quarter: halves cost 10 % more per dropped waiter.
    if (waiter_block* smaller = waiter_block::try_make(block()->capacity() / 4))
      replace_by(smaller);
  }
  void replace_by(waiter_block* block_of_other_size) noexcept {
    waiter_block* old = block();
    block_of_other_size->append_all_of(*old);
    waiter_block::free(old);
    adopt(block_of_other_size);
  }

  std::uintptr_t first_ = 0;
  waiter_node* second_ = nullptr;
};

}  // namespace waitmap::detail
