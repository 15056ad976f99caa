// 4.2: a waiter whose coroutine lets an exception out took the place of the leader's result, or of the
// factory's error.
#include <coroutine>
#include <optional>
#include <stdexcept>

#include "compute.hpp"
#include "support/await_into.hpp"
#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace stranger_test {

struct stranger_error {};

support::owned let_exception_out(map_type& map) {
  auto waiting = map.wait_result(1);
  try {
    auto value = co_await waiting;
    (void)value;
  } catch (const unlucky&) {  // NOLINT(bugprone-empty-catch)
  }
  throw stranger_error{};
}

// Suspends until resume() is called: by nobody's insert, so that what the leader resumes runs within its own
// call.
class gate {
 public:
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) noexcept { waiting_ = coroutine; }
  void await_resume() const noexcept {}
  void resume() { waiting_.resume(); }

 private:
  std::coroutine_handle<> waiting_;
};

lazy<int> compute(gate& opened, bool fails) {
  co_await opened;
  if (fails) throw unlucky{};
  co_return 7;
}

support::detached lead(map_type& map, gate& opened, bool fails, std::optional<int>& result,
                       bool& failed) {
  try {
    auto factory = [&opened, fails] { return compute(opened, fails); };
    auto computing = waitmap::get_or_compute(map, 1, factory);
    result = co_await std::move(computing);
  } catch (const unlucky&) {
    failed = true;
  }
}

TEST_CASE("an exception of a stranger never takes the place of the result", "[4.2]") {
  map_type map;
  gate opened;
  std::optional<int> result;
  bool failed = false;
  const bool fails = GENERATE(false, true);
  lead(map, opened, fails, result, failed);
  const auto stranger = let_exception_out(map);
  const auto other = let_exception_out(map);
  opened.resume();
  CHECK(stranger.done());
  CHECK(other.done());
  CHECK(failed == fails);
  CHECK(result == (fails ? std::nullopt : std::optional<int>(7)));
  CHECK(map.get(1) == result);
}

}  // namespace stranger_test
