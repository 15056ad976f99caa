// Rules 1.1 and 6.3: a bad hash makes the map slow, not wrong.
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/noted.hpp"
#include "support/spawn.hpp"
#include "support/stack.hpp"

namespace colliding_keys_test {

// All keys have one hash.
struct constant_hash {
  using is_avalanching = void;
  std::size_t operator()(int) const noexcept { return 0; }
};

// The hashes differ in their low and in their high bits only: all keys go to one shard.
struct one_shard_hash {
  using is_avalanching = void;
  std::size_t operator()(int key) const noexcept {
    const auto bits = static_cast<std::uint64_t>(key);
    return static_cast<std::size_t>((bits & 0xFFFF) | bits << 57);
  }
};

// They differ in the bits that choose the shard only: in its shard, each key has the hash of all others.
struct shard_only_hash {
  using is_avalanching = void;
  std::size_t operator()(int key) const noexcept {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(key) << 40);
  }
};

struct identity_hash {
  std::size_t operator()(int key) const noexcept { return static_cast<std::size_t>(key); }
};

TEMPLATE_TEST_CASE("a map with a bad hash does all that it should", "[1.1]", constant_hash,
                   one_shard_hash, shard_only_hash, identity_hash) {
  constexpr int keys = 3000 / support::slowness;
  waitmap::wait_map<int, int, TestType> map(waitmap::options{.shards = 16});
  std::vector<support::noted<int>> notes(keys);
  std::vector<support::owned> waiters;
  for (int key = 0; key < keys; ++key) {
    waiters.push_back(support::observe(map, key, notes[static_cast<std::size_t>(key)]));
  }
  REQUIRE(map.waiting() == static_cast<std::size_t>(keys));

  // A third gets a value, a third is cancelled, a third destroyed.
  std::size_t resumed = 0;
  for (int key = 0; key < keys; ++key) {
    if (key % 3 == 0) resumed += map.insert(key, key * 2).resumed;
    if (key % 3 == 1) resumed += map.cancel(key);
    if (key % 3 == 2) waiters[static_cast<std::size_t>(key)].destroy();
  }

  CHECK(map.waiting() == 0);
  CHECK(map.size() == keys / 3);
  CHECK(resumed == 2 * keys / 3);
  int right = 0;
  for (int key = 0; key < keys; ++key) {
    const auto& note = notes[static_cast<std::size_t>(key)];
    right += key % 3 == 0   ? note.got(key * 2) && map.extract(key) == key * 2
             : key % 3 == 1 ? note.got_nothing()
                            : note.pending();
  }
  CHECK(right == keys);
  CHECK(map.empty());
}

}  // namespace colliding_keys_test
