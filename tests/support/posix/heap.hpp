// heap where every block is malloc()'s.
#pragma once

#include <malloc.h>

#include <cstddef>
#include <cstdlib>

namespace support::heap {

inline std::size_t size_of(void* memory) noexcept { return malloc_usable_size(memory); }

inline void* allocate_aligned(std::size_t size, std::size_t alignment) noexcept {
  return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}
inline std::size_t size_of_aligned(void* memory, std::size_t) noexcept { return size_of(memory); }
inline void free_aligned(void* memory) noexcept { std::free(memory); }

}  // namespace support::heap
