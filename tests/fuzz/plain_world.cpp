#include "../support/counted.hpp"
#include "world.hpp"
#include "worlds.hpp"

namespace fuzz {
namespace {

struct plain_setup {
  using key_type = int;
  using value_type = support::counted<>;
  using map_type = waitmap::wait_map<key_type, value_type>;
  static constexpr bool nests = false;

  static int number_of(key_type key) { return key; }
  static key_type to_move(key_type key) { return key; }
  static std::optional<std::size_t> kept_keys() { return std::nullopt; }
};

}  // namespace

void run_in_plain_world(input bytes) { world<plain_setup>(bytes).run(); }

}  // namespace fuzz
