// The one body of all fuzzing: what libFuzzer calls, and replay.cpp.
#include <cstddef>
#include <cstdint>

#include "input.hpp"
#include "worlds.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::input bytes({data, size});
  if (bytes.next() % 2 == 0) {
    fuzz::run_in_plain_world(bytes);
  } else {
    fuzz::run_in_boxed_world(bytes);
  }
  return 0;
}
