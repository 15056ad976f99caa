// 6.8: a type of the user's own is hashed by its AbslHashValue.
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <absl/container/flat_hash_set.h>
#include <absl/container/inlined_vector.h>
#include <absl/hash/hash.h>
#include <absl/types/span.h>

#include <wait_map/flood_resistant_hash.hpp>
#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace own_types_test {

template <class Key>
std::size_t hash_of(const Key& key) {
  return waitmap::flood_resistant_hash<Key>(waitmap::hash_secret{1, 2})(key);
}

struct address {
  std::string host;
  int port;
  std::vector<double> weights;
  bool operator==(const address&) const = default;
  template <class State>
  friend State AbslHashValue(State state, const address& self) {
    return State::combine(std::move(state), self.host, self.port, self.weights);
  }
};

TEST_CASE("a type with an AbslHashValue is a key", "[6.8]") {
  CHECK(hash_of(address{"a", 1, {0.0}}) == hash_of(address{"a", 1, {-0.0}}));
  CHECK(hash_of(address{"a", 1, {}}) != hash_of(address{"a", 2, {}}));
  CHECK(hash_of(std::pair(address{"a", 1, {}}, 1)) != hash_of(std::pair(address{"b", 1, {}}, 1)));

  waitmap::wait_map<address, int, waitmap::flood_resistant_hash<address>> map;
  map.insert(address{"a", 1, {}}, 7);
  CHECK(map.get(address{"a", 1, {}}) == 7);
}

// It can be read as a string, and yet is not hashed as one.
struct caseless {
  std::string text;
  operator std::string_view() const { return text; }
  template <class State>
  friend State AbslHashValue(State state, const caseless& self) {
    for (const char each : self.text) {
      state = State::combine(std::move(state), std::tolower(static_cast<unsigned char>(each)));
    }
    return state;
  }
};

TEST_CASE("an AbslHashValue goes before what the type looks like", "[6.8]") {
  CHECK(hash_of(caseless{"Rosa"}) == hash_of(caseless{"rOSA"}));
}

// Hides its members behind abseil's type-erased state.
class erased {
 public:
  explicit erased(std::string text, std::unordered_set<int> numbers)
      : text_(std::move(text)), numbers_(std::move(numbers)) {}
  template <class State>
  friend State AbslHashValue(State state, const erased& self) {
    self.hash(absl::HashState::Create(&state));
    return state;
  }

 private:
  void hash(absl::HashState state) const {
    absl::HashState::combine(std::move(state), text_, numbers_, 1.0, std::pair(1, 2L));
  }
  std::string text_;
  std::unordered_set<int> numbers_;
};

TEST_CASE("a type that is hashed through absl::HashState is a key", "[6.8]") {
  CHECK(hash_of(erased("a", {1, 2})) == hash_of(erased("a", {2, 1})));
  CHECK(hash_of(erased("a", {})) != hash_of(erased("b", {})));
  CHECK(hash_of(erased("a", {1})) != hash_of(erased("a", {2})));
  const erased value("a", {});
  CHECK(waitmap::flood_resistant_hash<erased>(waitmap::hash_secret{1, 2})(value) !=
        waitmap::flood_resistant_hash<erased>(waitmap::hash_secret{1, 3})(value));
}

TEST_CASE("abseil's containers are keys", "[6.8]") {
  using few = absl::InlinedVector<int, 4>;
  CHECK(hash_of(few{1, 2}) == hash_of(few{1, 2}));
  CHECK(hash_of(few{1, 2}) != hash_of(few{1}));
  const std::vector<int> numbers{1, 2};
  CHECK(hash_of(absl::MakeConstSpan(numbers)) == hash_of(absl::MakeConstSpan(std::vector{1, 2})));
  CHECK(hash_of(absl::flat_hash_set<int>{1, 2}) == hash_of(absl::flat_hash_set<int>{2, 1}));
  CHECK(hash_of(absl::flat_hash_set<int>{1, 2}) != hash_of(absl::flat_hash_set<int>{1, 3}));
}

}  // namespace own_types_test
