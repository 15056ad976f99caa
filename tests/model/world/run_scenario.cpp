#include "run_scenario.hpp"

#include "worlds.hpp"

namespace model {
namespace {

std::unique_ptr<execution> make_world(exploration& of) {
  switch (of.played.resumer) {
    case resumer_kind::immediate:
      return make_immediate_world(of);
    case resumer_kind::posting:
      return make_posting_world(of);
    case resumer_kind::trampoline:
      break;
  }
  return make_trampoline_world(of);
}

}  // namespace

report run_scenario(const scenario& played, const search_options& how, limits bounds) {
  exploration all{played};
  return explore([&] { return make_world(all); }, how, bounds);
}

}  // namespace model
