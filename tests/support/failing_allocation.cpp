// Replaces operator new and delete: counts what is handed out, and fails when told to (failing.hpp).
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "support/failing.hpp"
#include "support/heap.hpp"

namespace {

std::atomic<std::size_t> blocks{0};
std::atomic<std::size_t> bytes{0};
std::atomic<std::size_t> calls{0};

void* counted(void* memory, std::size_t size) noexcept {
  blocks.fetch_add(1, std::memory_order_relaxed);
  calls.fetch_add(1, std::memory_order_relaxed);
  bytes.fetch_add(size, std::memory_order_relaxed);
  return memory;
}

void forget(std::size_t size) noexcept {
  blocks.fetch_sub(1, std::memory_order_relaxed);
  bytes.fetch_sub(size, std::memory_order_relaxed);
}

void* allocate(std::size_t size) noexcept {
  void* const memory = std::malloc(size == 0 ? 1 : size);
  return memory == nullptr ? nullptr : counted(memory, support::heap::size_of(memory));
}

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
  const auto boundary = static_cast<std::size_t>(alignment);
  void* const memory = support::heap::allocate_aligned(size, boundary);
  if (memory == nullptr) return nullptr;
  return counted(memory, support::heap::size_of_aligned(memory, boundary));
}

template <class... Arguments>
void* allocate_or_throw(Arguments... arguments) {
  void* memory =
      support::failing::now(support::step::allocation) ? nullptr : allocate(arguments...);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

template <class... Arguments>
void* allocate_or_null(Arguments... arguments) noexcept {
  if (support::failing::now(support::step::nothrow_allocation)) return nullptr;
  return allocate(arguments...);
}

void release(void* memory) noexcept {
  if (memory == nullptr) return;
  forget(support::heap::size_of(memory));
  std::free(memory);
}

void release(void* memory, std::align_val_t alignment) noexcept {
  if (memory == nullptr) return;
  forget(support::heap::size_of_aligned(memory, static_cast<std::size_t>(alignment)));
  support::heap::free_aligned(memory);
}

}  // namespace

namespace support {

std::size_t allocated::blocks() noexcept { return ::blocks.load(std::memory_order_relaxed); }
std::size_t allocated::bytes() noexcept { return ::bytes.load(std::memory_order_relaxed); }
std::size_t allocated::calls() noexcept { return ::calls.load(std::memory_order_relaxed); }

}  // namespace support

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate_or_throw(size, alignment);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate_or_null(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate_or_null(size);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate_or_null(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return allocate_or_null(size, alignment);
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t alignment) noexcept {
  release(memory, alignment);
}
void operator delete[](void* memory, std::align_val_t alignment) noexcept {
  release(memory, alignment);
}
void operator delete(void* memory, std::size_t, std::align_val_t alignment) noexcept {
  release(memory, alignment);
}
void operator delete[](void* memory, std::size_t, std::align_val_t alignment) noexcept {
  release(memory, alignment);
}
