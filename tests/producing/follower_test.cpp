// The end of one caller's wait concerns nobody else.
#include <exception>

#include "producing/compute.hpp"
#include "support/catch.hpp"
#include "support/own_stop_source.hpp"

namespace follower_test {

using waitmap::wait_interrupted;
using waitmap::wait_status;

template <class Waiter>
wait_status interrupted(const Waiter& caller) {
  const auto error = caller.template error<wait_interrupted>();
  return error ? error->status() : wait_status::value;
}

TEST_CASE("a follower that is stopped leaves alone", "[4.2][3.8]") {
  map_type map;
  workshop shop;
  support::own_stop_source source;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  support::waiter leader(ask), other(ask);
  support::waiter impatient(
      [&] { return waitmap::get_or_compute(map, 1, shop.factory(), source.get_token()); });
  source.request_stop();
  CHECK(interrupted(impatient) == wait_status::stopped);
  CHECK((leader.pending() && other.pending()));
  shop.finish(7);
  CHECK((leader.has_result() && other.has_result()));
  CHECK(shop.calls == 1);
}

TEST_CASE("a caller does not inherit the stop of those before it", "[4.2]") {
  map_type map;
  workshop shop;
  support::own_stop_source source;
  const auto ask_stoppable = [&] {
    return waitmap::get_or_compute(map, 1, shop.factory(), source.get_token());
  };
  support::waiter leader(ask_stoppable), follower(ask_stoppable);
  source.request_stop();  // the token stops a wait, not a computation
  CHECK(leader.pending());
  CHECK(interrupted(follower) == wait_status::stopped);
  support::waiter newcomer([&] { return waitmap::get_or_compute(map, 1, shop.factory()); });
  CHECK(newcomer.pending());
  shop.finish(7);
  REQUIRE((leader.has_result() && newcomer.has_result()));
  CHECK(newcomer.result() == 7);
  CHECK(shop.calls == 1);
}

TEST_CASE("a caller whose stop was requested before still gets a value that is there",
          "[4.2][3.1]") {
  map_type map;
  workshop shop;
  support::own_stop_source source;
  source.request_stop();
  map.insert(1, 7);
  support::waiter caller(
      [&] { return waitmap::get_or_compute(map, 1, shop.factory(), source.get_token()); });
  REQUIRE(caller.has_result());
  CHECK(caller.result() == 7);
}

TEST_CASE("cancel interrupts the followers and leaves the leader", "[4.2][4]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  support::waiter leader(ask), follower(ask);
  CHECK(map.cancel(1) == 1);
  CHECK(interrupted(follower) == wait_status::cancelled);
  support::waiter newcomer(ask);
  CHECK(shop.calls == 1);
  shop.finish(7);
  CHECK((leader.has_result() && newcomer.has_result()));
}

TEST_CASE("fail gives the followers its exception and leaves the leader", "[4.2][4]") {
  map_type map;
  workshop shop;
  const auto ask = [&] { return waitmap::get_or_compute(map, 1, shop.factory()); };
  support::waiter leader(ask), follower(ask);
  CHECK(map.fail(1, std::make_exception_ptr(unlucky{})) == 1);
  CHECK(follower.failed_with<unlucky>());
  shop.finish(7);
  CHECK(leader.has_result());
}

}  // namespace follower_test
