// Where threads sleep: both parkers, since most systems use but one of them.
#include <chrono>
#include <thread>

#include <wait_map/detail/thread_parker.hpp>

#include "support/catch.hpp"

namespace parker_test {

using namespace std::chrono_literals;
using waitmap::detail::condition_parker;
using waitmap::detail::kernel_word;
using waitmap::detail::spin_experience;
using waitmap::detail::word_parker;

// Long enough for the other thread to fall asleep, mostly; where it has not, less is tested.
void give_way() {
  for (int n = 0; n != 2000; ++n) std::this_thread::yield();
}

auto never() { return std::chrono::steady_clock::now() + std::chrono::hours(24); }
auto passed() { return std::chrono::steady_clock::now() - 1ms; }

TEMPLATE_TEST_CASE("a parked thread sleeps until it is unparked", "[3]", condition_parker,
                   word_parker<kernel_word>) {
  const bool timed = GENERATE(false, true);
  const bool asleep = GENERATE(false, true);
  TestType parker;
  int written = 0;
  std::thread other([&] {
    if (asleep) give_way();
    written = 1;
    parker.unpark();
  });
  if (timed) {
    CHECK(parker.park_until(never()));
  } else {
    parker.park();
  }
  CHECK(written == 1);
  other.join();
}

TEMPLATE_TEST_CASE("a thread that is unparked before it parks does not sleep", "[3]",
                   condition_parker, word_parker<kernel_word>) {
  TestType parker;
  parker.unpark();
  SECTION("without a deadline") {
    parker.park();
    SUCCEED("it goes on");
  }
  SECTION("whose deadline has passed") { CHECK(parker.park_until(passed())); }
}

TEMPLATE_TEST_CASE("a thread whose deadline has passed may park again", "[3]", condition_parker,
                   word_parker<kernel_word>) {
  TestType parker;
  CHECK_FALSE(parker.park_until(passed()));
  CHECK_FALSE(parker.park_until(std::chrono::steady_clock::now() + 1ms));
  std::thread other([&] {
    give_way();
    parker.unpark();
  });
  parker.park();
  CHECK(parker.park_until(passed()));
  other.join();
}

TEST_CASE("threads look before they sleep while that pays, else now and then", "[3]") {
  spin_experience spins;
  const auto looks_of = [&](int waits) {
    int looks = 0;
    for (int n = 0; n != waits; ++n) looks += spins.should_spin();
    return looks;
  };
  CHECK(looks_of(64) == 64);
  for (int n = 0; n != 100; ++n) spins.note(false);
  CHECK(looks_of(64) == 2);
  spins.note(true);
  CHECK(looks_of(64) == 64);
  spins.note(false);
  CHECK(looks_of(64) == 2);
}

}  // namespace parker_test
