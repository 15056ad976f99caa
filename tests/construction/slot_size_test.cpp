// 1.2: a slot costs one word beyond the value; what may throw when it moves is kept behind one pointer.
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"
#include "support/counted.hpp"

namespace slot_size_test {

using waitmap::detail::slot;
using throwing = support::counted<support::moving::may_throw>;
using big_throwing = std::pair<throwing, std::array<char, 1000>>;

constexpr std::size_t word = sizeof(void*);

static_assert(sizeof(slot<std::int64_t>) <= 16);
static_assert(sizeof(slot<void*>) == 2 * word);
static_assert(sizeof(slot<char>) == 2 * word);
static_assert(sizeof(slot<std::unique_ptr<int>>) == 2 * word);
static_assert(sizeof(slot<std::string>) == sizeof(std::string) + word);
static_assert(sizeof(slot<std::array<void*, 100>>) == 101 * word);
static_assert(sizeof(slot<throwing>) == 2 * word);
static_assert(sizeof(slot<big_throwing>) == 2 * word);

static_assert(std::same_as<waitmap::detail::stored<std::string>, std::string>);
static_assert(sizeof(waitmap::detail::stored<big_throwing>) == word);

TEST_CASE("a slot costs one word beyond the value", "[1.2]") {
  SUCCEED("checked by the compiler, above");
}

}  // namespace slot_size_test
