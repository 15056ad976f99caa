// execution: the memory accesses of some threads, who read from whom, and in which order each location was written to.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <vector>

namespace weak {

// A relation between events; and a set of events, as those that are related to themselves.
class relation {
 public:
  static constexpr std::size_t most_events = 64;

  void add(std::size_t from, std::size_t to) { rows_[from] |= bit(to); }
  bool has(std::size_t from, std::size_t to) const { return (rows_[from] & bit(to)) != 0; }

  relation operator|(const relation& other) const {
    relation all = *this;
    for (std::size_t i = 0; i < most_events; ++i) all.rows_[i] |= other.rows_[i];
    return all;
  }
  relation operator&(const relation& other) const {
    relation both = *this;
    for (std::size_t i = 0; i < most_events; ++i) both.rows_[i] &= other.rows_[i];
    return both;
  }
  relation operator-(const relation& other) const {
    relation rest = *this;
    for (std::size_t i = 0; i < most_events; ++i) rest.rows_[i] &= ~other.rows_[i];
    return rest;
  }
  // One step of this and then one of the other.
  relation operator*(const relation& then) const {
    relation all;
    for (std::size_t i = 0; i < most_events; ++i) {
      for (std::uint64_t left = rows_[i]; left != 0; left &= left - 1)
        all.rows_[i] |= then.rows_[static_cast<std::size_t>(std::countr_zero(left))];
    }
    return all;
  }
  relation inverse() const {
    relation all;
    for (std::size_t i = 0; i < most_events; ++i) {
      for (std::uint64_t left = rows_[i]; left != 0; left &= left - 1)
        all.add(static_cast<std::size_t>(std::countr_zero(left)), i);
    }
    return all;
  }
  bool leads_nowhere(std::size_t from) const { return rows_[from] == 0; }
  bool empty() const { return *this == relation{}; }
  bool acyclic() const {
    // Takes away what leads nowhere, until nothing is left.
    std::uint64_t left = 0;
    for (std::size_t i = 0; i < most_events; ++i) {
      if (rows_[i] != 0) left |= bit(i);
    }
    for (std::uint64_t before = 0; before != left;) {
      before = left;
      for (std::uint64_t each = before; each != 0; each &= each - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(each));
        if ((rows_[i] & left) == 0) left &= ~bit(i);
      }
    }
    return left == 0;
  }
  bool operator==(const relation&) const = default;

 private:
  static std::uint64_t bit(std::size_t i) { return std::uint64_t{1} << i; }
  std::array<std::uint64_t, most_events> rows_{};
};

enum class kind { read, write, fence, instruction_barrier };

// Which accesses a fence keeps in order: those of the first kind before it, with those of the second kind behind it.
enum : unsigned { read_read = 1, read_write = 2, write_read = 4, write_write = 8, all_orders = 15 };

struct event {
  kind what{};
  std::size_t thread = 0;
  std::size_t location = 0;
  std::uint64_t value = 0;
  bool acquire = false;
  bool acquire_pc = false;  // later accesses wait for it, but it does not wait for earlier releases
  bool release = false;
  bool one_instruction =
      false;            // reads and writes as one instruction; else by a pair of exclusives
  unsigned orders = 0;  // of a fence
};

// Events of one thread stand in the order of its program. Locations contain 0 at first, unless `initial` says else.
struct execution {
  std::vector<event> events;
  std::map<std::size_t, std::uint64_t> initial;
  relation address, data, control;  // dependencies, from a read
  relation read_modify_write;       // from its read to its write

  // Chosen by the search.
  relation reads_from;  // from the write; not of what was there at first
  relation coherence;   // the order of the writes to each location
};

}  // namespace weak
