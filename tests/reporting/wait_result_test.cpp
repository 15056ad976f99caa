#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/own_stop_source.hpp"
#include "support/waiter.hpp"

namespace wait_result_test {

using map_type = waitmap::wait_map<int, std::string>;
using waitmap::wait_status;

TEST_CASE("wait_result tells a value", "[3]") {
  map_type map;
  const auto make = [&] { return map.wait_result(1); };
  support::waiter absent(make);
  map.insert(1, "v");
  support::waiter present(make);
  for (auto* each : {&absent, &present}) {
    REQUIRE(each->has_result());
    auto& outcome = each->result();
    CHECK(outcome);
    CHECK(outcome.has_value());
    CHECK(outcome.status() == wait_status::value);
    CHECK(*outcome == "v");
    CHECK(*std::as_const(outcome) == "v");
    CHECK(outcome->size() == 1);
    CHECK(outcome.value() == "v");
    CHECK_FALSE(outcome.error());
  }
}

TEST_CASE("wait_result tells why there is no value", "[3][4]") {
  enum class way { cancel, cancel_all, stop, close, destroy, abandon };
  const auto how =
      GENERATE(way::cancel, way::cancel_all, way::stop, way::close, way::destroy, way::abandon);
  std::optional<map_type> map(std::in_place);
  support::own_stop_source source;
  std::optional claim = map->try_claim(1);
  support::waiter waiter([&] { return map->wait_result(1, source.get_token()); });
  CHECK(waiter.pending());
  auto expected = wait_status::cancelled;
  switch (how) {
    case way::cancel:
      map->cancel(1);
      break;
    case way::cancel_all:
      map->cancel_all();
      break;
    case way::stop:
      source.request_stop();
      expected = wait_status::stopped;
      break;
    case way::close:
      map->close();
      expected = wait_status::closed;
      break;
    case way::destroy:
      map.reset();
      expected = wait_status::closed;
      break;
    case way::abandon:
      claim.reset();
      expected = wait_status::abandoned;
      break;
  }
  REQUIRE(waiter.has_result());
  CHECK_FALSE(waiter.result());
  CHECK(waiter.result().status() == expected);
  CHECK_THROWS_AS(waiter.result().value(), std::bad_optional_access);
}

TEST_CASE("wait_result rethrows an exception", "[3][4]") {
  map_type map;
  support::waiter waiter([&] { return map.wait_result(1); });
  map.fail(1, std::make_exception_ptr(std::runtime_error("broken")));
  CHECK(waiter.failed_with<std::runtime_error>());
}

TEST_CASE("wait_result ends at once with a stop or a close that came before", "[3.1]") {
  map_type map;
  support::own_stop_source source;
  source.request_stop();
  const auto make = [&] { return map.wait_result(1, source.get_token()); };
  support::waiter stopped(make);
  CHECK(stopped.result().status() == wait_status::stopped);
  map.insert(2, "v");
  map.close();
  support::waiter closed(make);
  CHECK(closed.result().status() == wait_status::closed);  // the close goes before the stop
  support::waiter present([&] { return map.wait_result(2, source.get_token()); });
  CHECK(*present.result() == "v");
}

TEST_CASE("wait_claimed waits only while somebody has claimed the key", "[4.1]") {
  map_type map;
  support::waiter nobody([&] { return map.wait_claimed(1); });
  REQUIRE(nobody.has_result());
  CHECK(nobody.result().status() == wait_status::abandoned);
  CHECK(map.waiting() == 0);

  std::optional claim = map.try_claim(1);
  const auto make = [&] { return map.wait_claimed(1); };
  support::waiter first(make);
  CHECK(map.waiting(1) == 1);
  claim.reset();
  CHECK(first.result().status() == wait_status::abandoned);

  auto again = map.try_claim(1);
  support::waiter second(make);
  again.set_value("v");
  CHECK(*second.result() == "v");
  support::waiter present(make);
  CHECK(*present.result() == "v");
  CHECK(map.capacity() < 100);
}

TEST_CASE("wait_claimed of a key that others wait for does not join them", "[4.1]") {
  map_type map;
  support::waiter waiting([&] { return map.wait(1); });
  support::waiter asking([&] { return map.wait_claimed(1); });
  CHECK(asking.has_result());
  CHECK(waiting.pending());
}

TEST_CASE("wait_claimed ends as other waits do", "[4.1][4]") {
  map_type map;
  support::own_stop_source source;
  auto claim = map.try_claim(1);
  const auto make = [&] { return map.wait_claimed(1, source.get_token()); };
  support::waiter cancelled(make);
  CHECK(map.cancel(1) == 1);
  CHECK(cancelled.result().status() == wait_status::cancelled);
  support::waiter stopped(make);
  source.request_stop();
  CHECK(stopped.result().status() == wait_status::stopped);
  support::waiter closed([&] { return map.wait_claimed(1); });
  map.close();
  CHECK(closed.result().status() == wait_status::closed);
}

}  // namespace wait_result_test
