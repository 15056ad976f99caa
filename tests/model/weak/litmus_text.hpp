// litmus_text: a litmus test as one line of text.
#pragma once

#include <map>
#include <string>

#include "execution.hpp"

namespace weak {

struct litmus_test {
  execution events;
  std::map<std::size_t, std::uint64_t> last;  // the values in the end
};

// Threads stand between `|`, what the locations contain at last behind `;`.
//
//   Wx1        writes 1 to x               Wx1.rel   with release
//   Rx1        reads 1 from x              Rx1.acq   with acquire     Rx1.pc   of the weaker kind
//   Xx0>1      reads 0 and writes 1        Lx0>1     the same by a pair of exclusives
//   F          a fence for all             Fr-rw     for reads before it, and reads and writes behind it
//   isb        an instruction barrier      x=1       in the end
//
// `address:`, `data:` and `control:` say how an access depends on the last read of its thread.
litmus_test parse_litmus(const std::string& text);

}  // namespace weak
