#include <coroutine>
#include <optional>
#include <stdexcept>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/last_words.hpp"
#include "support/maps.hpp"
#include "support/own_stop_source.hpp"
#include "support/spawn.hpp"

namespace ending_program_test {

struct full_queue : std::runtime_error {
  using runtime_error::runtime_error;
};

struct refusing_policy : waitmap::default_policy {
  struct resumer {
    void operator()(std::coroutine_handle<>) const { throw full_queue("the executor is full"); }
  };
};

template <class Map>
support::owned wait_and_throw(Map& map, support::own_stop_source::token token) {
  auto value = co_await map.wait(1, token);
  (void)value;
  throw std::runtime_error("nobody catches it");
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a resumer that throws ends the program", "[5.2]") {
  const std::string words = support::last_words([] {
    support::map_with<refusing_policy> map;
    support::own_stop_source source;
    const auto waiter = wait_and_throw(map, source.get_token());
    try {
      map.insert(1, 10);
    } catch (const full_queue&) {
    }
  });
  CHECK(contains(words, "the executor is full"));
}

TEMPLATE_TEST_CASE("an exception that leaves a coroutine resumed by a destructor ends the program",
                   "[5.4]", waitmap::default_policy, support::immediate_policy) {
  const std::string words = support::last_words([] {
    std::optional<support::map_with<TestType>> map(std::in_place);
    support::own_stop_source source;
    const auto waiter = wait_and_throw(*map, source.get_token());
    try {
      map.reset();
    } catch (const std::runtime_error&) {
    }
  });
  CHECK(contains(words, "nobody catches it"));
}

TEMPLATE_TEST_CASE(
    "an exception that leaves a coroutine resumed by a stop callback ends the program", "[5.4]",
    waitmap::default_policy, support::immediate_policy) {
  const std::string words = support::last_words([] {
    support::map_with<TestType> map;
    support::own_stop_source source;
    const auto waiter = wait_and_throw(map, source.get_token());
    try {
      source.request_stop();
    } catch (const std::runtime_error&) {
    }
  });
  CHECK(contains(words, "nobody catches it"));
}

}  // namespace ending_program_test
