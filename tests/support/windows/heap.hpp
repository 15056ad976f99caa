// heap where no block can be aligned and be free()'s as well: a block with an alignment of its own lies in a larger one,
// behind a pointer to it.
#pragma once

#include <malloc.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace support::heap {

inline std::size_t size_of(void* memory) noexcept { return _msize(memory); }

inline void* allocate_aligned(std::size_t size, std::size_t alignment) noexcept {
  void* const whole = std::malloc(sizeof(void*) + alignment + size);
  if (whole == nullptr) return nullptr;
  const std::uintptr_t first = reinterpret_cast<std::uintptr_t>(whole) + sizeof(void*);
  const std::uintptr_t aligned = (first + alignment - 1) / alignment * alignment;
  void** const block = reinterpret_cast<void**>(aligned);
  block[-1] = whole;
  return block;
}
inline void* whole_of(void* memory) noexcept { return static_cast<void**>(memory)[-1]; }
inline std::size_t size_of_aligned(void* memory, std::size_t) noexcept {
  return size_of(whole_of(memory));
}
inline void free_aligned(void* memory) noexcept { std::free(whole_of(memory)); }

}  // namespace support::heap
