// heap where aligned blocks are of another kind than malloc()'s.
#pragma once

#include <malloc.h>

#include <cstddef>

namespace support::heap {

inline std::size_t size_of(void* memory) noexcept { return _msize(memory); }

inline void* allocate_aligned(std::size_t size, std::size_t alignment) noexcept {
  return _aligned_malloc(size == 0 ? 1 : size, alignment);
}
inline std::size_t size_of_aligned(void* memory, std::size_t alignment) noexcept {
  return _aligned_msize(memory, alignment, 0);
}
inline void free_aligned(void* memory) noexcept { _aligned_free(memory); }

}  // namespace support::heap
