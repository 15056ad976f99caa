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

TEST_CASE("the value of an outcome that has none throws what failed it, or says that there is none",
          "[3]") {
  struct out_of_tea {};
  waitmap::wait_outcome<int> failed(std::make_exception_ptr(out_of_tea{}));
  CHECK_THROWS_AS(failed.value(), out_of_tea);
  CHECK_THROWS_AS(std::as_const(failed).value(), out_of_tea);
  CHECK_THROWS_AS(std::move(failed).value(), out_of_tea);
  waitmap::wait_outcome<int> closed(waitmap::wait_status::closed);
  CHECK_THROWS_AS(closed.value(), std::bad_optional_access);
  CHECK(closed.error() == nullptr);
}

}  // namespace wait_result_test
