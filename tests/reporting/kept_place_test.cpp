// A value that throws while it is made may have written over the place of the wait, which shares its memory.
#include <cstring>
#include <source_location>
#include <span>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/waiter.hpp"

namespace kept_place_test {

// Larger than a place, in the waiter itself; its constructor writes all of it and then throws.
class scribbler {
 public:
  scribbler() { fill(); }
  scribbler(scribbler&&) noexcept { fill(); }
  scribbler(const scribbler&) {
    fill();
    if (throws) throw 7;
  }
  scribbler& operator=(const scribbler&) = delete;
  static inline bool throws = false;

 private:
  void fill() { std::memset(bytes_, 0x5A, sizeof bytes_); }
  char bytes_[64];
};

TEST_CASE("a wait that failed to get a value that is there keeps its place for the next try",
          "[3][6.2]") {
  waitmap::wait_map<int, scribbler> map;
  map.try_emplace(1);
  unsigned line = 0;
  bool threw = false;
  const auto here = std::source_location::current();
  const auto task = [](auto& waited, std::source_location where,
                       bool& failed) -> support::detached {
    auto operation = waited.wait(1, {}, where);
    try {
      auto value = co_await operation;
      static_cast<void>(value);
    } catch (int) {
      failed = true;
    }
    waited.erase(1);
    auto value = co_await operation;
    static_cast<void>(value);
  };
  scribbler::throws = true;
  task(map, here, threw);
  scribbler::throws = false;
  CHECK(threw);
  REQUIRE(map.waiting(1) == 1);
  map.for_each_waiting(
      [&](int, std::span<const std::source_location> places) { line = places[0].line(); });
  CHECK(line == here.line());
}

}  // namespace kept_place_test
