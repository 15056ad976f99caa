// compilation: what compilers make of the operations of C++: in which order, and of which instructions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <atomic>

#include "architectures.hpp"

namespace weak {

enum class action {
  load,
  store,
  change,         // read-modify-write
  compile_fence,  // keeps the compiler from moving anything
  fence,          // in the kernel, for the processor as well
  barrier         // in the kernel, on the processors of all threads
};

// Operations that are not the lock's: those of what a mutex guards, of what a bool of the lock protects, and the
// kernel's and the creation of objects. All others have smaller numbers.
constexpr std::size_t guarded_site = static_cast<std::size_t>(-3);
constexpr std::size_t protected_site = static_cast<std::size_t>(-2);
constexpr std::size_t kernel_site = static_cast<std::size_t>(-1);

struct operation {
  action what{};
  std::size_t location = 0;
  std::memory_order order = std::memory_order_relaxed;
  std::memory_order compiled_as = order;  // what the compiler heeds when it moves operations
  std::uint64_t found = 0;                // by a load or change
  std::uint64_t written = 0;              // by a store or change
  std::size_t site = 0;                   // where it stands in the program
};
using operations = std::vector<operation>;

// A way to translate: processors have several.
struct translation {
  const char* name;
  const architecture* processor;
  // Appends the events of one operation that is neither a compile_fence nor a barrier. Those of its read and its
  // write become one change.
  void (*append)(const operation& one, std::size_t thread, execution& to);
};
const std::vector<translation>& translations();

// Whether these operations of some threads may find what they have found, however they are compiled. Barriers
// interrupt the other threads wherever that makes it possible.
bool possible(const translation& how, const std::vector<operations>& threads,
              const std::vector<std::uint64_t>& initial);

}  // namespace weak
