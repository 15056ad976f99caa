// Compilers do not align coroutine frames: an over-aligned value must not lie in one. In the table it is
// aligned; a wait that would return one is refused at compile time (tests/misuse); wait_with looks at it there.
#include <cstddef>
#include <cstdint>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace alignment_test {

template <std::size_t Alignment>
struct alignas(Alignment) wide {
  explicit wide(int given) : number(given) {}
  int number;
  bool aligned() const { return reinterpret_cast<std::uintptr_t>(this) % Alignment == 0; }
};

template <class Map>
support::detached look(Map& map, int key, int& got) {
  auto value = co_await map.wait_with(
      key, [](const auto& seen) { return seen.aligned() ? seen.number : -1; });
  got = value ? *value : -2;
}

template <std::size_t Alignment>
void check_values() {
  waitmap::wait_map<int, wide<Alignment>> map;
  int got = 0;
  look(map, 0, got);
  int aligned = 0;
  for (int key = 0; key < 100; ++key) {
    map.try_emplace(key, key + 1);
    map.visit(key,
              [&](const auto& value) { aligned += value.aligned() && value.number == key + 1; });
  }
  CHECK(got == 1);
  CHECK(aligned == 100);
  CHECK(map.get(5)->number == 6);
  CHECK(map.extract(5)->number == 6);
}

TEST_CASE("over-aligned values are aligned in the map, also when a waiter looks at them", "[6.5]") {
  check_values<32>();
  check_values<64>();
  check_values<4096>();
}

}  // namespace alignment_test
