#include "journal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace fuzz {

void journal::add(const char* text, std::initializer_list<int> numbers) {
  entry& made = entries_.emplace_back(entry{depth_, text, {}});
  std::ranges::copy(numbers, made.numbers.begin());
}

void journal::print(const entry& one) {
  std::string line(static_cast<std::size_t>(2 * one.depth + 2), ' ');
  std::size_t used = 0;
  for (const char* next = one.text; *next != '\0'; ++next) {
    if (*next == '#') {
      line += std::to_string(one.numbers[used++]);
    } else {
      line += *next;
    }
  }
  std::fprintf(stderr, "%s\n", line.c_str());
}

void journal::print_current() {
  if (current_ == nullptr) return;
  std::fprintf(stderr, "%s\nDone so far; indented: by a coroutine that was resumed.\n",
               title.c_str());
  for (const entry& each : std::exchange(current_, nullptr)->entries_) print(each);
}

void journal::fail(const std::string& wrong) const {
  print_current();
  std::fprintf(stderr, "WRONG: %s\n", wrong.c_str());
  std::abort();
}

const char* name_of(wait_kind kind) {
  static constexpr const char* names[] = {
      "wait #: wait",         "wait #: wait_result", "wait #: claim_or_wait",
      "wait #: wait_with",    "wait #: wait_modify", "wait #: wait_with, throwing",
      "wait #: take",         "wait #: subscribe",   "wait #: subscribe_take",
      "wait #: wait_all",     "wait #: wait_any",    "wait #: take_any",
      "wait #: subscribe_all"};
  return names[static_cast<std::size_t>(kind)];
}
const char* name_of(entry_step step) {
  static constexpr const char* names[] = {"  nothing", "  emplace", "  assign", "  erase"};
  return names[static_cast<std::size_t>(step)];
}

std::string to_text(bool value) { return value ? "true" : "false"; }
std::string to_text(int value) { return std::to_string(value); }
std::string to_text(std::size_t value) { return std::to_string(value); }
std::string to_text(const std::optional<int>& value) { return value ? to_text(*value) : "nullopt"; }

std::string to_text(const waitmap::insert_result& value) {
  static constexpr const char* names[] = {"inserted",  "assigned",  "present", "handed_off",
                                          "delivered", "no_waiter", "closed",  "revoked"};
  return std::string(names[static_cast<std::size_t>(value.outcome)]) + ", resumed " +
         to_text(value.resumed);
}

std::string to_text(const outcome& value) {
  static constexpr const char* names[] = {"",          "cancelled", "stopped", "closed",
                                          "abandoned", "failed",    "claimed"};
  std::string text;
  if (value.first == outcome::no_key) text += "no key: ";
  if (value.first != outcome::no_key && value.first != 0) {
    text += "key number " + to_text(value.first) + ": ";
  }
  for (const ending& each : value.endings) {
    if (&each != value.endings.data()) text += ", ";
    if (each.status == waitmap::wait_status::value) {
      text += to_text(each.value);
    } else if (value.tells_why || each.status == waitmap::wait_status::failed) {
      text += names[static_cast<std::size_t>(each.status)];
    } else {
      text += "nullopt";
    }
  }
  return text;
}

}  // namespace fuzz
