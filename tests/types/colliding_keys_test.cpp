// 6.5: hashes that spread badly cost time only.
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <wait_map/wait_map.hpp>

#include "support/await_into.hpp"
#include "support/catch.hpp"

namespace colliding_keys_test {

struct zero_hash {
  std::size_t operator()(int) const noexcept { return 0; }
};
struct avalanching_zero_hash : zero_hash {
  using is_avalanching = void;
};
struct all_ones_hash {
  using is_avalanching = void;
  std::size_t operator()(int) const noexcept { return ~std::size_t{0}; }
};
struct identity_hash {
  std::size_t operator()(int key) const noexcept { return static_cast<std::size_t>(key); }
};

// Values and waiters of many keys side by side.
template <class Hash>
void keeps_keys_apart(int step) {
  using map_type = waitmap::wait_map<int, int, Hash>;
  constexpr int keys = 300;
  map_type map(waitmap::options{.shards = 4});
  struct one_wait {
    one_wait(map_type& map, int key) : operation(map.wait(+key)) {
      support::await_into(operation, result);
    }
    std::optional<std::optional<int>> result;
    decltype(std::declval<map_type&>().wait(0)) operation;
  };
  std::vector<std::unique_ptr<one_wait>> waits;
  for (int i = 0; i < keys; ++i) {
    if (i % 3 == 0) waits.push_back(std::make_unique<one_wait>(map, i * step));
    if (i % 3 == 1) REQUIRE(map.insert(i * step, i).outcome == waitmap::insert_outcome::inserted);
  }
  CHECK(map.size() == keys / 3);
  CHECK(map.waiting() == keys / 3);
  int wrong = 0;
  for (int i = 0; i < keys; ++i) {
    wrong += map.contains(i * step) != (i % 3 == 1);
    wrong += map.waiting(i * step) != (i % 3 == 0 ? 1u : 0u);
  }
  CHECK(wrong == 0);
  for (int i = 0; i < keys; i += 3) wrong += map.insert(i * step, i).resumed != 1;
  for (int i = 0; i < keys; i += 3) wrong += *waits[static_cast<std::size_t>(i / 3)]->result != i;
  for (int i = 0; i < keys; ++i) wrong += map.erase(i * step) != (i % 3 != 2);
  CHECK(wrong == 0);
  CHECK(map.empty());
}

TEST_CASE("keys of one hash are kept apart", "[6.5]") {
  keeps_keys_apart<zero_hash>(1);
  keeps_keys_apart<avalanching_zero_hash>(1);
  keeps_keys_apart<all_ones_hash>(1);
}

TEST_CASE("the identity serves as hash", "[6.5]") {
  keeps_keys_apart<identity_hash>(1);
  keeps_keys_apart<identity_hash>(1 << 20);
}

}  // namespace colliding_keys_test
