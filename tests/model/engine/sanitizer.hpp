// Whether AddressSanitizer watches, and how to tell it what memory must not be touched.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define MODEL_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MODEL_ADDRESS_SANITIZER 1
#endif
#endif

#if defined(MODEL_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

namespace model {

#if defined(MODEL_ADDRESS_SANITIZER)
inline constexpr bool address_sanitizer = true;
inline void forbid(const void* begin, [[maybe_unused]] std::size_t bytes) {
  __asan_poison_memory_region(begin, bytes);
}
inline void permit(const void* begin, [[maybe_unused]] std::size_t bytes) {
  __asan_unpoison_memory_region(begin, bytes);
}
#else
inline constexpr bool address_sanitizer = false;
inline void forbid(const void*, std::size_t) {}
inline void permit(const void*, std::size_t) {}
#endif

}  // namespace model
