#include "world.hpp"
#include "worlds.hpp"

namespace model {

struct immediate_policy : checker_policy {
  using resumer = waitmap::immediate_resumer;
};

std::unique_ptr<execution> make_immediate_world(exploration& of) {
  return std::make_unique<world<immediate_policy>>(of);
}

}  // namespace model
