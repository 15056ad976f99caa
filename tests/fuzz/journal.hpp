// journal: what has been done so far, kept cheaply and told only when something is wrong.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include <wait_map/result.hpp>

#include "reference.hpp"

namespace fuzz {

class journal {
 public:
  journal() { current_ = this; }
  journal(const journal&) = delete;
  ~journal() { current_ = nullptr; }

  // In the text, each # stands for one of the numbers. `text` must live as long as the journal.
  void add(const char* text, std::initializer_list<int> numbers = {});

  // What follows is done by a coroutine that was resumed, until inner is gone.
  class inner {
   public:
    explicit inner(journal& in) : in_(in) { ++in_.depth_; }
    inner(const inner&) = delete;
    ~inner() { --in_.depth_; }

   private:
    journal& in_;
  };
  int depth() const { return depth_; }

  // Prints what was done and what is wrong, and aborts.
  [[noreturn]] void fail(const std::string& wrong) const;

  // Prints what was done so far to the input that is run, once: for a program that is about to crash.
  static void print_current();
  // Which input is run.
  static inline std::string title;

 private:
  struct entry {
    int depth;
    const char* text;
    std::array<int, 2> numbers;
  };
  static void print(const entry& one);

  static inline journal* current_ = nullptr;
  std::vector<entry> entries_;
  int depth_ = 0;
};

// What operations and results look like.
const char* name_of(wait_kind kind);  // # stands for the number of the wait
const char* name_of(entry_step step);
std::string to_text(bool value);
std::string to_text(int value);
std::string to_text(std::size_t value);
std::string to_text(const std::optional<int>& value);
std::string to_text(const waitmap::insert_result& value);
std::string to_text(const outcome& value);

}  // namespace fuzz
