// 3.14: a wait ends when its time has come, and not before.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "deadline/cranked.hpp"
#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace firing_test {

using namespace std::chrono_literals;
using map_type = waitmap::wait_map<int, int>;
static_assert(waitmap::stoppable_token<decltype(cranked_timer().after(1s))>);

TEST_CASE("a wait ends when its time has come", "[3.14]") {
  map_type map;
  cranked_timer timer;
  auto waiting = map.wait_result(1, timer.after(5s));
  std::optional<waitmap::wait_outcome<int>> result;
  support::await_into(waiting, result);
  CHECK(timer.armed() == 1);

  let_pass(timer, 5s - 1ns);
  CHECK_FALSE(result);
  let_pass(timer, 1ns);
  REQUIRE(result);
  CHECK(result->status() == waitmap::wait_status::stopped);
  CHECK(map.waiting() == 0);
  CHECK(timer.armed() == 0);
}

TEST_CASE("a deadline at a time ends the wait then", "[3.14]") {
  map_type map;
  cranked_timer timer;
  auto waiting = map.wait(1, timer.at(cranked::now() + 1min));
  std::optional<std::optional<int>> result;
  support::await_into(waiting, result);
  let_pass(timer, 59s);
  CHECK_FALSE(result);
  let_pass(timer, 1s);
  REQUIRE(result);
  CHECK_FALSE(*result);
}

TEST_CASE("deadlines fire in the order of their times, each once", "[3.14]") {
  cranked_timer timer;
  std::vector<int> delays(500), fired;
  for (int n = 0; n != 500; ++n) delays[static_cast<std::size_t>(n)] = n % 250;
  std::shuffle(delays.begin(), delays.end(), std::mt19937(7));

  const auto note_of = [&](int delay) { return [&fired, delay] { fired.push_back(delay); }; };
  using token = decltype(timer.after(1s));
  using callback = token::callback_type<decltype(note_of(0))>;
  std::vector<std::unique_ptr<callback>> armed;
  for (const int delay : delays) {
    armed.push_back(std::make_unique<callback>(timer.after(delay * 1s + 1s), note_of(delay)));
  }
  std::vector<int> expected;
  for (std::size_t n = 0; n < 500; n += 3) {  // some leave, from wherever they are
    armed[n].reset();
    delays[n] = -1;
  }
  for (const int delay : delays) {
    if (delay >= 0) expected.push_back(delay);
  }
  std::sort(expected.begin(), expected.end());

  for (int second = 0; second != 260; ++second) let_pass(timer, 1s);
  CHECK(fired == expected);
}

TEST_CASE("run_due tells when the next deadline is due", "[3.14]") {
  cranked_timer timer;
  CHECK_FALSE(timer.run_due());
  const auto token = timer.after(3s), later = timer.after(4s);
  const auto nothing = [] {};
  using token_type = std::remove_const_t<decltype(token)>;
  const token_type::callback_type<decltype(nothing)> one(later, nothing), two(token, nothing);
  CHECK(timer.run_due() == cranked::now() + 3s);
}

}  // namespace firing_test
