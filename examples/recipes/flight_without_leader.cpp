// A computation that outlives the caller who began it, and ends with the last who waits for it: it runs in
// a coroutine of its own, which holds the claim and hears when nobody wants the value any more.
#include <exception>
#include <iostream>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "lazy.hpp"
#include "task.hpp"

using cache = waitmap::wait_map<std::string, std::string>;
using slow_disk = waitmap::wait_map<std::string, std::string>;

struct counts {
  int begun = 0, given_up = 0;
};

task load(slow_disk& disk, std::string name, cache::claim_type flight, counts& seen) {
  ++seen.begun;
  try {
    auto unwanted = flight.unwanted();
    auto text = co_await disk.take(name, unwanted);  // the work takes a stop token
    if (text) {
      flight.set_value(std::move(*text));
    } else {
      ++seen.given_up;  // who asked meanwhile gets the claim, and begins anew
    }
  } catch (...) {
    flight.set_exception(std::current_exception());
  }
}

// nullopt: stopped, or closed.
lazy<std::optional<std::string>> text_of(cache& texts, slow_disk& disk, std::string name,
                                         std::stop_token stop, counts& seen) {
  auto found = co_await texts.claim_or_wait(name, stop);
  if (!found.claim) {
    if (!found.outcome && !found.outcome.error()) co_return std::nullopt;
    co_return std::move(found.outcome).value();
  }
  auto text = texts.subscribe(name, stop);            // waits before the work begins
  if (stop.stop_requested()) co_return std::nullopt;  // passes the claim on
  load(disk, name, std::move(found.claim), seen);
  auto outcome = co_await text;
  co_return outcome;
}

task ask(cache& texts, slow_disk& disk, std::string name, std::stop_token stop, std::string& answer,
         counts& seen) {
  auto asking = text_of(texts, disk, name, stop, seen);
  auto text = co_await asking;
  answer = text.value_or("left");
}

// The caller who began leaves; the other gets the value.
bool goes_on_without_the_first(cache& texts, slow_disk& disk, counts& seen) {
  std::string first, second;
  std::stop_source leave;
  ask(texts, disk, "poem", leave.get_token(), first, seen);
  ask(texts, disk, "poem", {}, second, seen);
  leave.request_stop();
  const bool goes_on = first == "left" && disk.waiting("poem") == 1;
  disk.insert("poem", "Roses are red");
  std::cout << "poem: " << first << ", " << second << '\n';
  return goes_on && second == "Roses are red" && seen.begun == 1 && seen.given_up == 0;
}

// All leave: the work ends, and the next who asks begins anew.
bool ends_with_the_last(cache& texts, slow_disk& disk, counts& seen) {
  std::string first, second, third;
  std::stop_source leave;
  ask(texts, disk, "novel", leave.get_token(), first, seen);
  ask(texts, disk, "novel", leave.get_token(), second, seen);
  leave.request_stop();
  const bool ended = first == "left" && second == "left" && seen.given_up == 1 &&
                     disk.waiting() == 0 && texts.waiting() == 0;
  ask(texts, disk, "novel", {}, third, seen);
  disk.insert("novel", "It was a dark night");
  std::cout << "novel: " << first << ", " << second << ", " << third << '\n';
  return ended && third == "It was a dark night";
}

int main() {
  slow_disk disk;
  cache texts;
  counts seen;
  const bool goes_on = goes_on_without_the_first(texts, disk, seen);
  const bool ends = ends_with_the_last(texts, disk, seen);
  return goes_on && ends && seen.begun == 3 && seen.given_up == 1 ? 0 : 1;
}
