// 6.8: the secret is drawn once per process, by whichever thread is first.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <latch>
#include <thread>
#include <vector>

#include <wait_map/flood_resistant_hash.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace process_secret_test {

// Made before main begins.
waitmap::wait_map<int, int, waitmap::flood_resistant_hash<int>> early;

TEST_CASE("all hashes of a process have one secret", "[6.8]") {
  CHECK(waitmap::flood_resistant_hash<int>()(1) == waitmap::flood_resistant_hash<int>()(1));
  early.insert(1, 2);
  CHECK(early.get(1) == 2);
}

TEST_CASE("both halves of the secret are drawn", "[6.8]") {
  const auto [first, second] = waitmap::detail::secret_of_process();
  CHECK(first != 0);
  CHECK(second != 0);
  CHECK(first != second);
}

TEST_CASE("a secret that is given decides the hash, each half of it", "[6.8]") {
  const auto hash = [](std::uint64_t first, std::uint64_t second) {
    return waitmap::flood_resistant_hash<int>(waitmap::hash_secret{first, second})(1);
  };
  CHECK(hash(1, 2) == hash(1, 2));
  CHECK(hash(1, 2) != hash(1, 3));
  CHECK(hash(1, 2) != hash(2, 2));
  CHECK(hash(0, 0) != waitmap::flood_resistant_hash<int>()(1));
}

TEST_CASE("threads that draw a secret at the same time get the same", "[6.8]") {
  for (int round = 0; round != 200; ++round) {
    std::atomic<std::uint64_t> word{0};
    std::vector<std::uint64_t> seen(2);
    std::latch start(2);
    const auto draw = [&](std::size_t me) {
      start.arrive_and_wait();
      seen[me] = waitmap::detail::secret_word(word);
    };
    std::thread other(draw, 1);
    draw(0);
    other.join();
    CHECK(seen[0] == seen[1]);
    CHECK(seen[0] != 0);
  }
}

}  // namespace process_secret_test
