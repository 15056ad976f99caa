// counting_allocator: says how much it has given out, and fails once if it is told to.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

namespace support {

struct usage {
  int live = 0;
  int total = 0;
  int fails_at = -1;  // the number of the allocation that fails
};

template <class Type>
struct counting_allocator {
  using value_type = Type;
  explicit counting_allocator(usage& counted) : counts(&counted) {}
  template <class Other>
  counting_allocator(const counting_allocator<Other>& other) : counts(other.counts) {}

  Type* allocate(std::size_t size) {
    if (counts->total++ == counts->fails_at) throw std::bad_alloc();
    ++counts->live;
    return std::allocator<Type>().allocate(size);
  }
  void deallocate(Type* memory, std::size_t size) {
    --counts->live;
    std::allocator<Type>().deallocate(memory, size);
  }
  friend bool operator==(const counting_allocator&, const counting_allocator&) = default;

  usage* counts;
};

}  // namespace support
