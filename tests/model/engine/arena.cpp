#include "arena.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include <sys/mman.h>

#include "sanitizer.hpp"

namespace model {
namespace {

constexpr std::size_t arena_bytes = std::size_t{4} << 20;
constexpr std::size_t most_blocks = 4096;
// Unused on Linux, and application memory to the sanitizers too. Only a hint: any address is as good, but
// for replaying in another process.
constexpr std::uintptr_t wanted_address = 0x7e9000000000;
constexpr unsigned char fresh_pattern = 0xCD;
constexpr unsigned char freed_pattern = 0xDB;

struct block {
  std::byte* begin;
  std::size_t bytes;
  bool live;
};

// Before each block stands its number, with nothing else in the 16 bytes, which are forbidden ground.
constexpr std::size_t gap = 16;

std::array<block, most_blocks> blocks;
std::size_t block_count = 0;
std::size_t live_blocks = 0;
std::byte* memory = nullptr;
std::size_t used = 0;
bool active = false;

[[noreturn]] void stop(const char* message) {
  std::fprintf(stderr, "model: %s\n", message);
  std::abort();
}

void* allocate_outside(std::size_t bytes, std::size_t alignment) {
  void* outside =
      alignment <= gap
          ? std::malloc(bytes + (bytes == 0))
          : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (outside == nullptr) throw std::bad_alloc();
  return outside;
}

void* allocate(std::size_t bytes, std::size_t alignment) {
  if (!active) return allocate_outside(bytes, alignment);
  alignment = std::max(alignment, gap);
  const std::size_t start = (used + gap + alignment - 1) / alignment * alignment;
  const std::size_t end = start + (bytes + gap - 1) / gap * gap;
  if (end > arena_bytes || block_count == most_blocks) stop("the arena of an execution is full");
  std::byte* begin = memory + start;
  permit(begin - gap, gap);
  std::memcpy(begin - gap, &block_count, sizeof block_count);
  forbid(begin - gap, gap);
  permit(begin, bytes);
  std::memset(begin, fresh_pattern, bytes);
  blocks[block_count++] = {begin, bytes, true};
  ++live_blocks;
  used = end;
  return begin;
}

block& block_at(std::byte* begin) {
  std::size_t number;
  permit(begin - gap, gap);
  std::memcpy(&number, begin - gap, sizeof number);
  forbid(begin - gap, gap);
  if (number >= block_count || blocks[number].begin != begin)
    stop("what is freed was never allocated");
  return blocks[number];
}

void release(void* pointer) {
  auto* begin = static_cast<std::byte*>(pointer);
  if (memory == nullptr || begin < memory || begin >= memory + arena_bytes) {
    std::free(pointer);
    return;
  }
  block& freed = block_at(begin);
  if (!freed.live) stop("memory is freed twice");
  freed.live = false;
  --live_blocks;
  std::memset(begin, freed_pattern, freed.bytes);
  forbid(begin, freed.bytes);
}

bool holds_only_freed_pattern(const block& freed) {
  for (std::size_t i = 0; i < freed.bytes; ++i) {
    if (freed.begin[i] != std::byte{freed_pattern}) return false;
  }
  return true;
}

bool written_after_free() {
  if (address_sanitizer) return false;  // it would have complained
  for (std::size_t i = 0; i < block_count; ++i) {
    if (!blocks[i].live && !holds_only_freed_pattern(blocks[i])) return true;
  }
  return false;
}

}  // namespace

void arena::open() {
  if (memory == nullptr) {
    void* mapped = mmap(reinterpret_cast<void*>(wanted_address), arena_bytes,
                        PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) stop("no memory for the arena");
    memory = static_cast<std::byte*>(mapped);
    forbid(memory, arena_bytes);
  }
  active = true;
}

std::string arena::close() {
  active = false;
  std::string problem;
  if (live_blocks != 0) problem = std::to_string(live_blocks) + " blocks of memory leaked";
  if (written_after_free()) problem = "memory was written to after it had been freed";
  abandon();
  return problem;
}

void arena::abandon() {
  active = false;
  forbid(memory, used);
  block_count = live_blocks = used = 0;
}

bool arena::set_active(bool now) { return std::exchange(active, now); }

arena::pause::pause() : was_active_(set_active(false)) {}
arena::pause::~pause() { set_active(was_active_); }

}  // namespace model

using model::allocate;
using model::release;

// Every form, since AddressSanitizer's runtime keeps its own of those that are not replaced.
void* operator new(std::size_t bytes) { return allocate(bytes, 1); }
void* operator new[](std::size_t bytes) { return allocate(bytes, 1); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes, 1); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return allocate(bytes, 1);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* pointer) noexcept { release(pointer); }
void operator delete[](void* pointer) noexcept { release(pointer); }
void operator delete(void* pointer, std::size_t) noexcept { release(pointer); }
void operator delete[](void* pointer, std::size_t) noexcept { release(pointer); }
void operator delete(void* pointer, const std::nothrow_t&) noexcept { release(pointer); }
void operator delete[](void* pointer, const std::nothrow_t&) noexcept { release(pointer); }
void operator delete(void* pointer, std::align_val_t) noexcept { release(pointer); }
void operator delete[](void* pointer, std::align_val_t) noexcept { release(pointer); }
void operator delete(void* pointer, std::size_t, std::align_val_t) noexcept { release(pointer); }
void operator delete[](void* pointer, std::size_t, std::align_val_t) noexcept { release(pointer); }
