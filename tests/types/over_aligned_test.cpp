// 6.5: over-aligned K and V.
#include <cstdint>
#include <optional>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/spawn.hpp"

namespace over_aligned_test {

struct alignas(64) wide {
  int number;

  friend bool operator==(const wide&, const wide&) = default;
  template <class State>
  friend State AbslHashValue(State state, const wide& hashed) {
    return State::combine(std::move(state), hashed.number);
  }
};
using map_type = waitmap::wait_map<wide, wide>;

bool is_aligned(const wide& value) { return reinterpret_cast<std::uintptr_t>(&value) % 64 == 0; }

TEST_CASE("over-aligned keys and values are stored aligned", "[6.5]") {
  map_type map;
  for (int key = 0; key < 100; ++key) map.insert(wide{key}, wide{-key});
  int misaligned = 0;
  map.for_each([&](const wide& key, const wide& value) {
    misaligned += !is_aligned(key) || !is_aligned(value);
  });
  map.modify_each([&](const wide&, wide& value) { misaligned += !is_aligned(value); });
  map.update(wide{1}, [&](auto& entry) { misaligned += !is_aligned(*entry); });
  map.update(wide{-1}, [&](auto& entry) {
    entry.emplace(5);
    misaligned += !is_aligned(*entry);
  });
  CHECK(misaligned == 0);
  CHECK(map.get(wide{7}) == wide{-7});
  CHECK(map.exchange(wide{7}, wide{8}) == wide{-7});
  CHECK(map.extract(wide{7}) == wide{8});
  CHECK(map.erase(wide{8}));
  map.clear();
}

support::detached look_at(map_type& map, const wide& key, bool& aligned,
                          std::optional<int>& result) {
  auto number = co_await map.wait_with(key, [&aligned](const wide& value) {
    aligned = is_aligned(value);
    return value.number;
  });
  result = number;
}

TEST_CASE("an over-aligned value is waited for with a function", "[6.5][3]") {
  map_type map;
  const wide key{1};
  bool aligned = false;
  std::optional<int> result;
  look_at(map, key, aligned, result);
  CHECK(map.insert(key, wide{10}).resumed == 1);
  CHECK(result == 10);
  CHECK(aligned);

  aligned = false;
  look_at(map, key, aligned, result);  // present
  CHECK(aligned);
}

}  // namespace over_aligned_test
