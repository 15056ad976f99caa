// A producer that may fail: a claim says who produces, and whoever waits hears of every end.
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include <wait_map/wait_map.hpp>

#include "task.hpp"

using map_type = waitmap::wait_map<std::string, int>;

task ask(map_type& map, std::string& heard) {
  try {
    auto outcome = co_await map.wait_result("answer");
    heard = outcome                                               ? std::to_string(*outcome)
            : outcome.status() == waitmap::wait_status::abandoned ? "abandoned"
                                                                  : "ended";
  } catch (const std::exception& error) {
    heard = error.what();
  }
}

int main() {
  map_type map;
  std::string first, second, third;

  ask(map, first);
  {
    const auto claim = map.try_claim("answer");
  }  // gives up: its claim is dropped

  ask(map, second);
  map.try_claim("answer").set_exception(
      std::make_exception_ptr(std::runtime_error("cannot compute")));

  ask(map, third);
  auto claim = map.try_claim("answer");
  const bool only_one = !map.try_claim("answer");
  claim.set_value(42);

  std::cout << first << ", " << second << ", " << third << '\n';
  return first == "abandoned" && second == "cannot compute" && third == "42" && only_one ? 0 : 1;
}
