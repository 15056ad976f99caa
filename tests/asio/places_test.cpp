// for_each_waiting() names the place where each operation was begun.
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include "asio/net.hpp"

namespace places_test {

TEST_CASE("every operation waits at the place where it was begun", "[3]") {
  waitmap::wait_map<int, int> map;
  net::io_context context;
  const auto ignore = [&] { return net::bind_executor(context, [](auto&&...) {}); };
  const auto see = [](int) { return 0; };
  const unsigned base = std::source_location::current().line();
  async_wait(map, 1, ignore());
  async_wait_result(map, 2, ignore());
  async_take(map, 3, ignore());
  async_wait_with(map, 4, see, ignore());
  async_wait_modify(map, 5, see, ignore());
  async_wait_all(map, {6, 7}, ignore());
  async_wait_any(map, {8}, ignore());
  async_take_any(map, {9}, ignore());
  auto seen = async_subscribe(map, 10);
  auto taken = async_subscribe_take(map, 11);
  std::vector<unsigned> lines(12);
  bool here = true;
  map.for_each_waiting([&](int key, std::span<const std::source_location> places) {
    lines[static_cast<std::size_t>(key)] = places[0].line() - base;
    here = here && std::string(places[0].file_name()).ends_with("places_test.cpp");
  });
  CHECK(lines == std::vector<unsigned>{0, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10});
  CHECK(here);
}

}  // namespace places_test
