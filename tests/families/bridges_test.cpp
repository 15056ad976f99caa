// Families that hand their own kind of token about: what the README says to write, with types of their shape.
#include <coroutine>
#include <optional>
#include <utility>
#include <version>
#if defined(__cpp_lib_jthread)
#include <stop_token>
#endif

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/other_tokens.hpp"
#include "support/own_stop_source.hpp"
#include "support/spawn.hpp"

namespace bridges_test {

using map_type = waitmap::wait_map<int, int>;

// --- what the README says

struct cancellation {
  cppcoro::cancellation_token token;

  bool stop_requested() const noexcept { return token.is_cancellation_requested(); }
  bool stop_possible() const noexcept { return token.can_be_cancelled(); }

  template <class Function>
  struct callback_type {
    callback_type(const cancellation& of, Function function)
        : registration(of.token, std::move(function)) {}
    cppcoro::cancellation_registration registration;
  };
};

#if defined(__cpp_lib_jthread)
std::stop_source stopped_by(async_simple::Slot* slot) {
  std::stop_source source;
  auto forward = [source](auto, auto*) mutable { source.request_stop(); };
  if (slot && !slot->emplace(async_simple::Terminate, forward)) source.request_stop();
  return source;
}
#endif

// ---

TEST_CASE("a wait is stopped by cppcoro's kind of token", "[5.6]") {
  STATIC_REQUIRE(waitmap::stoppable_token<cancellation>);
  map_type map;
  support::own_stop_source source;
  support::noted<int> stopped, served, late;
  const cancellation token{cppcoro::cancellation_token(&source)};
  const auto one = support::observe(map, 1, stopped, token);
  source.request_stop();
  CHECK(stopped.got_nothing());
  const auto two = support::observe(map, 1, late, token);
  CHECK(late.got_nothing());
  const auto three =
      support::observe(map, 1, served, cancellation{cppcoro::cancellation_token(nullptr)});
  map.insert(1, 10);
  CHECK(served.got(10));
}

#if defined(__cpp_lib_jthread)
TEST_CASE("a wait is stopped by a slot of async_simple's kind", "[5.6]") {
  map_type map;
  async_simple::Slot slot;
  support::noted<int> stopped, late, served;
  const auto one = support::observe(map, 1, stopped, stopped_by(&slot).get_token());
  slot.trigger();
  CHECK(stopped.got_nothing());
  slot.clear(async_simple::Terminate);
  const auto two = support::observe(map, 1, late, stopped_by(&slot).get_token());
  CHECK(late.got_nothing());
  const auto three = support::observe(map, 1, served, stopped_by(nullptr).get_token());
  map.insert(1, 10);
  CHECK(served.got(10));
}
#endif

}  // namespace bridges_test
