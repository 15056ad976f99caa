// 6.8: keys of 32 bytes that begin with 8 certain bytes (a constant of abseil's hash, which multiplies
// the eight that follow by zero) have one default_hash, whatever its seed, in each abseil of 2022 to 2026 that was tried.
#include <cstddef>
#include <string>
#include <unordered_set>

#include <wait_map/flood_resistant_hash.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace chosen_bytes_test {

std::string colliding(std::size_t number) {
  std::string key = "\x44\x73\x70\x03\x2e\x8a\x19\x13";
  for (int byte = 0; byte != 8; ++byte, number /= 256) key += static_cast<char>(number % 256);
  return key + "the same 16 byte";
}

TEST_CASE("keys chosen to collide under abseil's hash do not collide", "[6.8]") {
  const waitmap::flood_resistant_hash<std::string> hash;
  std::unordered_set<std::size_t> low_bits;
  for (std::size_t number = 0; number != 1000; ++number) {
    low_bits.insert(hash(colliding(number)) & 0xFFFFFFFFu);
  }
  CHECK(low_bits.size() > 990);  // the 32 bits that a table sees; two may be equal by chance
}

TEST_CASE("a map whose hash is flood-resistant keeps such keys", "[6.8]") {
  waitmap::wait_map<std::string, std::size_t, waitmap::flood_resistant_hash<std::string>> map;
  for (std::size_t number = 0; number != 1000; ++number) map.insert(colliding(number), number);
  CHECK(map.size() == 1000);
  CHECK(map.get(colliding(7)) == 7u);
}

}  // namespace chosen_bytes_test
