// coroutine_chain: whom a suspended coroutine will resume, and whom that one, seen as a debugger sees it; for the
// checks of debug builds.
//
// A coroutine's frame begins with the functions that resume and destroy it; its promise follows. Task types keep
// there who awaits the task, by its frame or its promise. Where, is seen in a coroutine whose promise has a known
// size: at each word that leads to another frame. Those above it, of the same make, have it in the same place.
// The kernel reads the memory, so that an address which is none does no harm. Only on Linux; elsewhere, and where
// a coroutine is awaited by way of something else than its promise, nobody is found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <wait_map/detail/kernel.hpp>

#if defined(__linux__)
#include <link.h>
#include <sys/uio.h>
#endif

namespace waitmap::detail {

inline constexpr std::size_t word_size = sizeof(void*);
// Of what stands in a frame before its promise, where that needs no greater alignment.
inline constexpr std::size_t frame_header_size = 2 * word_size;

// Returns whether all of it could be read.
inline bool read_memory([[maybe_unused]] std::uintptr_t from,
                        [[maybe_unused]] std::span<std::uintptr_t> words) noexcept {
#if defined(__linux__)
  const errno_kept kept;
  const iovec to{words.data(), words.size_bytes()};
  const iovec source{reinterpret_cast<void*>(from), words.size_bytes()};
  const auto size = ::process_vm_readv(::getpid(), &to, 1, &source, 1, 0);
  return size >= 0 && static_cast<std::size_t>(size) == words.size_bytes();
#else
  return false;
#endif
}

inline bool is_code([[maybe_unused]] std::uintptr_t address) noexcept {
#if defined(__linux__)
  const auto contains_it = [](dl_phdr_info* module, std::size_t, void* wanted) -> int {
    for (const auto& each : std::span(module->dlpi_phdr, module->dlpi_phnum)) {
      const std::uintptr_t begin = module->dlpi_addr + each.p_vaddr;
      const std::uintptr_t offset = *static_cast<const std::uintptr_t*>(wanted) - begin;
      if (each.p_type == PT_LOAD && (each.p_flags & PF_X) != 0 && offset < each.p_memsz) return 1;
    }
    return 0;
  };
  return ::dl_iterate_phdr(contains_it, &address) != 0;
#else
  return false;
#endif
}

// The frame that a word leads to: as its address, or as that of its promise; or 0.
inline std::uintptr_t frame_at(std::uintptr_t word) noexcept {
  if (word % word_size != 0 || word < frame_header_size) return 0;
  for (const std::uintptr_t address : {word, word - frame_header_size}) {
    std::uintptr_t functions[2];
    if (read_memory(address, functions) && is_code(functions[0]) && is_code(functions[1]))
      return address;
  }
  return 0;
}

// What stands in an object, in words. Its padding is no matter to a tool that looks for memory never written, where
// the kernel reads it.
template <class Object>
std::vector<std::uintptr_t> words_of(const Object& object) {
  std::vector<std::uintptr_t> words(sizeof(Object) / word_size);
  if (!read_memory(reinterpret_cast<std::uintptr_t>(&object), words))
    std::memcpy(words.data(), static_cast<const void*>(&object), words.size() * word_size);
  return words;
}

// The frame that an object leads to, a task for one; or 0.
template <class Object>
std::uintptr_t frame_in(const Object& object) {
  for (const std::uintptr_t word : words_of(object)) {
    if (const std::uintptr_t frame = frame_at(word)) return frame;
  }
  return 0;
}

// Whether is_it(frame) is true for one that the coroutine of this frame will resume, or that one in its turn.
template <class Condition>
bool any_awaiting(std::uintptr_t frame, std::size_t promise_size, Condition&& is_it) {
  constexpr int longest = 1'000;  // chain, in case it is a circle
  std::vector<std::uintptr_t> words(promise_size / word_size);
  if (!read_memory(frame + frame_header_size, words)) return false;
  for (std::size_t i = 0; i != words.size(); ++i) {
    std::uintptr_t word = words[i];
    for (int length = 0; length != longest; ++length) {
      const std::uintptr_t next = frame_at(word);
      if (next == 0 || next == frame) break;  // a promise may hold its own frame
      if (is_it(next)) return true;
      const std::uintptr_t address = next + frame_header_size + i * word_size;
      if (!read_memory(address, std::span(&word, 1)) || word == next) break;
    }
  }
  return false;
}

}  // namespace waitmap::detail
