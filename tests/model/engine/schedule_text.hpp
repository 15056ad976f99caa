// A schedule as text: "0x2 1x4 0x1" is two steps of fiber 0, four of fiber 1 and one more of fiber 0.
#pragma once

#include <string>
#include <string_view>

#include "search.hpp"

namespace model {

std::string to_text(const schedule& fibers);
schedule parse_schedule(std::string_view text);

}  // namespace model
