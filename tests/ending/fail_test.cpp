#include <exception>
#include <stdexcept>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/spawn.hpp"

namespace fail_test {

using map_type = waitmap::wait_map<int, std::string>;

std::string message_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& caught) {
    return caught.what();
  }
}

support::owned visit(map_type& map, std::string& caught) {
  auto wait = map.wait_modify(1, [](std::string& value) { value.clear(); });
  try {
    auto result = co_await wait;
    caught = result ? "value" : "nothing";
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
}

TEST_CASE("fail makes the current waits rethrow the exception and stores nothing", "[4]") {
  map_type map;
  support::noted<std::string> watched, taken, other, later;
  std::string visited;
  const auto one = support::observe(map, 1, watched);
  const auto two = support::take(map, 1, taken);
  const auto three = visit(map, visited);
  const auto four = support::observe(map, 2, other);
  CHECK(map.fail(1, std::make_exception_ptr(std::runtime_error("no luck"))) == 3);
  REQUIRE(watched.failed());
  CHECK(message_of(watched.error) == "no luck");
  REQUIRE(taken.failed());
  CHECK(message_of(taken.error) == "no luck");
  CHECK(visited == "no luck");
  CHECK(other.pending());
  CHECK_FALSE(map.contains(1));

  const auto five = support::observe(map, 1, later);
  CHECK(later.pending());
  map.insert(1, "one");
  CHECK(later.got("one"));
}

TEST_CASE("fail where nobody waits ends nothing", "[4]") {
  map_type map;
  map.insert(1, "one");
  CHECK(map.fail(1, std::make_exception_ptr(1)) == 0);
  CHECK(map.fail(2, std::make_exception_ptr(1)) == 0);
  CHECK(map.get(1) == "one");
}

TEST_CASE("fail without an exception is refused", "[4]") {
  waitmap::wait_map<int, int> map;
  support::noted<int> note;
  const auto waiter = support::observe(map, 1, note);
  CHECK_THROWS_AS(map.fail(1, nullptr), std::invalid_argument);
  CHECK(note.pending());
  CHECK(map.waiting(1) == 1);
}

}  // namespace fail_test
