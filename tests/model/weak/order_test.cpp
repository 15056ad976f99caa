// No processor lets the lock fail for want of memory order, and each order that it asks for is needed for that.
#include <algorithm>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "shapes.hpp"
#include "support/catch.hpp"

namespace order_test {

using weak::ordered_operation;
using weak::weakened;

TEST_CASE("memory models: what the lock relies on holds on x86, ARMv8 and RISC-V", "[weak][6.9]") {
  for (const weak::shape& each : weak::shapes()) {
    const auto made = weak::recorder::current().record(each.program);
    for (const weak::translation& how : weak::translations()) {
      INFO(each.name << ", on " << how.name);
      CHECK(weak::find_bad(each, made, how).value_or("") == "");
    }
  }
}

// On which translations it is seen that an order is weaker: "X" or "." for each.
std::string where_seen(const weakened& other, std::size_t translations,
                       std::set<std::string>& shapes_that_see) {
  std::string row(translations, '.');
  for (const weak::shape& each : weak::shapes()) {
    if (!weak::has(weak::recorder::current().record(each.program), other.site)) continue;
    const auto made = weak::recorder::current().record(each.program, other);
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (row[i] == 'X' && shapes_that_see.contains(each.name)) continue;
      if (!weak::find_bad(each, made, weak::translations()[i])) continue;
      row[i] = 'X';
      shapes_that_see.insert(each.name);
    }
  }
  return row;
}

// Where less is seen than elsewhere.
struct exception {
  std::string_view in_line;
  std::memory_order weaker;
  std::string_view seen;
};
constexpr exception exceptions[]{
    // The release before it, and its own acquire, are kept in order but by fences of RISC-V.
    {"bucket.woken.exchange(", std::memory_order_acquire, "....X."},
    // Who sleeps, and who wakes, passes a fence of the kernel before it looks.
    {"bucket.woken.exchange(", std::memory_order_release, "......"},
    {"woken.compare_exchange_strong(", std::memory_order_relaxed, "......"},
    {"woken.compare_exchange_strong(", std::memory_order_acquire, "......"},
    {"woken.compare_exchange_strong(", std::memory_order_release, "......"},
    // What a thread writes to its note stays in order, as all that is written to one location. C++ asks for more: what
    // was written before without a release in between may not be seen.
    {"self.mutex.store(this,", std::memory_order_relaxed, "......"},
    {"self.mutex.store(nullptr,", std::memory_order_relaxed, "......"},
    // The owner then locks the list again, and the fence of RISC-V with which it unlocks it orders all before it.
    {"for (int looks = 0; here->mutex.load(", std::memory_order_relaxed, ".XXX.X"},
};

std::string expected(const ordered_operation& one, const weakened& other) {
  if (!other.order) return "XXXXXX";
  for (const exception& each : exceptions) {
    if (one.text.find(each.in_line) != std::string::npos && each.weaker == *other.order)
      return std::string(each.seen);
  }
  return ".XXXXX";  // x86 needs none
}

const std::size_t all = weak::translations().size();

TEST_CASE("memory models: each order of the lock that a processor does not keep is seen",
          "[weak][6.9]") {
  std::set<std::string> shapes_that_see;
  for (const ordered_operation& each : weak::ordered_operations()) {
    for (weakened other : each.weaker) {
      other.by_processor = true;
      INFO(each.where.file << ":" << each.where.line << ": " << each.text << "\n  as "
                           << (other.order ? static_cast<int>(*other.order) : -1));
      CHECK(where_seen(other, all, shapes_that_see) == expected(each, other));
    }
  }
  // None is looked at in vain. Who joins when an owner has looked is kept out twice: by the lock of the list and by the
  // barrier.
  for (const weak::shape& each : weak::shapes()) {
    if (each.name == "an owner and a reader who has just joined exclude each other") continue;
    INFO(each.name);
    CHECK(shapes_that_see.contains(each.name));
  }
}

// On x86, whose processor keeps in order what a release or an acquire asks for.
TEST_CASE("memory models: each order of the lock that a compiler does not keep is seen",
          "[weak][6.9]") {
  for (const ordered_operation& each : weak::ordered_operations()) {
    for (const weakened& other : each.weaker) {
      std::set<std::string> shapes_that_see;
      INFO(each.where.file << ":" << each.where.line << ": " << each.text);
      const bool needed = expected(each, other).find("XX") != std::string::npos;
      CHECK(where_seen(other, 1, shapes_that_see) == (needed ? "X" : "."));
    }
  }
}

TEST_CASE("memory models: each operation of the lock with an order is looked at", "[weak][6.9]") {
  const std::vector<ordered_operation> known = weak::ordered_operations();
  std::set<std::string> files;
  for (const ordered_operation& each : known) files.insert(each.where.file);
  std::size_t found = 0;
  for (const std::string& name : files) {
    if (name.ends_with("/kernel.hpp"))
      continue;  // of its operations the lock needs the barrier alone
    std::ifstream file(name);
    std::string line;
    for (unsigned number = 1; std::getline(file, line); ++number) {
      const std::string code = line.substr(0, line.find("//"));
      const bool ordered = std::ranges::any_of(
          std::vector<std::string>{"_acquire", "_release", "_acq_rel", "_seq_cst", "_consume"},
          [&](const std::string& order) {
            return code.find("memory_order" + order) != std::string::npos;
          });
      // Not run here: the release of where there are no futexes.
      if (!ordered ||
          code.find("word_.exchange(as, std::memory_order_release) ==") != std::string::npos)
        continue;
      ++found;
      INFO(name << ":" << number << ": " << line);
      CHECK(std::ranges::any_of(known, [&](const ordered_operation& each) {
        return each.where.file == name &&
               (each.where.line == number || each.where.line + 1 == number);
      }));
    }
  }
  CHECK(found > 10);
}

}  // namespace order_test
