// Rule 5.1: what a callable under the lock of one map ends in another goes to a user's resumer when that lock is dropped.
// Where there is no memory to keep it until then, it goes there at once: it is not lost.
#include <coroutine>
#include <optional>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/failing.hpp"

namespace put_off_test {

struct noting_resumer {
  std::coroutine_handle<>* handed;
  void operator()(std::coroutine_handle<> coroutine) const { *handed = coroutine; }
};
struct noting_policy : waitmap::default_policy {
  using resumer = noting_resumer;
};
using noting_map = waitmap::wait_map<int, int, waitmap::default_hash<int>,
                                     waitmap::default_equal<int>, noting_policy>;

TEST_CASE("what cannot be put off for want of memory is handed over at once", "[5.1]") {
  const bool no_memory = GENERATE(false, true);
  waitmap::wait_map<int, int> locked;
  locked.insert(1, 10);
  std::coroutine_handle<> handed;
  noting_map other(noting_resumer{&handed});
  auto wait = other.wait(7);
  std::optional<std::optional<int>> got;
  support::await_into(wait, got);

  bool at_once = false;
  locked.visit(1, [&](int) {
    std::optional<support::failing> failing;
    if (no_memory) failing.emplace(support::step::nothrow_allocation, 0);
    CHECK(other.deliver(7, 5).resumed == 1);
    if (no_memory) CHECK(failing->has_failed());
    at_once = handed != nullptr;
  });

  CHECK(at_once == no_memory);
  REQUIRE(handed);
  CHECK_FALSE(got);
  handed.resume();
  CHECK(got == std::optional<std::optional<int>>(5));
}

}  // namespace put_off_test
