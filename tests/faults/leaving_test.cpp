// Rules 3.7 and 6.2: a waiter that leaves by itself is found by its key. Where the equality throws then, nobody could be
// told: the program ends.
#include <wait_map/wait_map.hpp>

#include <unistd.h>

#include <chrono>
#include <stop_token>
#include <vector>

#include "support/catch.hpp"
#include "support/failing.hpp"
#include "support/fragile.hpp"
#include "support/last_words.hpp"
#include "support/noted.hpp"

namespace leaving_test {

using support::step;

using fragile = support::fragile<support::fragile_moves::never_throws>;
using map = waitmap::wait_map<fragile, fragile, support::fragile_hash, support::fragile_equal>;

// What a program says in which the n-th comparison fails, of those that leave(map) makes where one waits for 1.
template <class Leave>
std::string last_words(std::size_t n, Leave leave) {
  return support::last_words([=] {
    map watched(waitmap::options{.capacity = 100, .shards = 1});
    try {
      leave(watched, n);
    } catch (const support::step_failed&) {
      _exit(2);  // it was told
    }
    if (watched.waiting() != 0) _exit(1);
  });
}

// Ends the program where one comparison throws, and does not where none does.
template <class Leave>
void ends_the_program(Leave leave) {
  bool ended = false;
  std::string words;
  std::size_t n = 0;
  for (; n != 10; ++n) {
    words = last_words(n, leave);
    if (words.find("terminat") == std::string::npos) break;
    ended = true;
  }
  CHECK(ended);
  CHECK(words == "not aborted, wait status 0: ");
}

TEST_CASE("an equality that throws where a frame is destroyed ends the program", "[3.7]") {
  ends_the_program([](map& watched, std::size_t n) {
    support::noted<fragile> note;
    support::owned waiter = support::observe(watched, fragile(1), note);
    const support::failing one(step::comparison, n);
    waiter.destroy();
  });
}

TEST_CASE("an equality that throws where a stop is requested ends the program", "[3.7]") {
  ends_the_program([](map& watched, std::size_t n) {
    support::noted<fragile> note;
    std::stop_source source;
    const support::owned waiter = support::observe(watched, fragile(1), note, source.get_token());
    const support::failing one(step::comparison, n);
    source.request_stop();
  });
}

TEST_CASE("an equality that throws where a thread has waited for long enough ends the program",
          "[3.7]") {
  ends_the_program([](map& watched, std::size_t n) {
    const auto long_ago = std::chrono::steady_clock::time_point::min();
    const support::failing one(step::comparison, n);
    (void)watched.blocking_wait_until(fragile(1), long_ago);
  });
}

TEST_CASE("an equality that throws where another key has won ends the program", "[3.7]") {
  struct waiting {
    static support::owned first(map& watched, const std::vector<fragile>& keys) {
      auto got = co_await watched.wait_any(keys);
      if (!got) _exit(1);
    }
  };
  ends_the_program([](map& watched, std::size_t n) {
    std::vector<fragile> keys;
    keys.emplace_back(1);
    keys.emplace_back(3);
    const support::owned waiter = waiting::first(watched, keys);
    const fragile inserted(3);
    const support::failing one(step::comparison, n + 2);  // behind those of the insert
    watched.try_emplace(inserted, 3);
  });
}

TEST_CASE("an equality that throws where a claim is dropped ends the program", "[4.1]") {
  ends_the_program([](map& watched, std::size_t n) {
    auto claimed = watched.try_claim(fragile(1));
    const support::failing one(step::comparison, n);
    claimed = {};
  });
}

}  // namespace leaving_test
