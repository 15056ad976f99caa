// The worlds there are: one for each way to resume. Each is a source file of its own, for the sake of the
// compile time.
#pragma once

#include <memory>

#include "fixture.hpp"

namespace model {

std::unique_ptr<execution> make_trampoline_world(exploration& of);
std::unique_ptr<execution> make_immediate_world(exploration& of);
std::unique_ptr<execution> make_posting_world(exploration& of);

}  // namespace model
