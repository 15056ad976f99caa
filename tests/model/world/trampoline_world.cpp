#include "world.hpp"
#include "worlds.hpp"

namespace model {

std::unique_ptr<execution> make_trampoline_world(exploration& of) {
  return std::make_unique<world<checker_policy>>(of);
}

}  // namespace model
