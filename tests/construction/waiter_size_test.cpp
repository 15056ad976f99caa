// 1.3: what a wait takes of the coroutine's frame.
#include <cstdint>
#include <string>
#include <utility>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace waiter_size_test {

template <class Key, class Value>
using wait_of = decltype(std::declval<waitmap::wait_map<Key, Value>&>().wait(std::declval<Key&>()));
template <class Key, class Value>
using take_of = decltype(std::declval<waitmap::wait_map<Key, Value>&>().take(std::declval<Key&>()));

constexpr std::size_t word = sizeof(void*);
// Some parts have 64 bits wherever they are: two small words would not hold them.
constexpr bool small_words = word < sizeof(std::uint64_t);

// Two links, the shard, the coroutine; a hash and the states; the value or where it was called; the key.
static_assert(small_words || sizeof(wait_of<std::uint64_t, std::uint64_t>) <=
                                 5 * word + 2 * sizeof(std::uint64_t));
static_assert(small_words ||
              sizeof(wait_of<std::uint64_t, std::string>) ==
                  sizeof(wait_of<std::uint64_t, std::uint64_t>) + sizeof(std::string) - word);
// An lvalue key that is not small is referred to.
static_assert(small_words || sizeof(wait_of<std::string, char>) == 7 * word);
static_assert(sizeof(take_of<std::string, char>) == sizeof(wait_of<std::string, char>));

TEST_CASE("a wait costs five words beside its key and its value", "[1.3]") {
  SUCCEED("checked by the compiler, above");
}

}  // namespace waiter_size_test
