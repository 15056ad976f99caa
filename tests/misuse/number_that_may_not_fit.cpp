// 2.6: CALL is a call that takes NUMBER as a key of 32 bits. A constant that fits is accepted; for a wider number the
// compiler warns at this line, though the library is a system header.
// The compiler says: [-Werror
#include <cstdint>
#include <exception>
#include <optional>

#include <wait_map/get_or_compute.hpp>
#include <wait_map/wait_map.hpp>

#include "support/lazy.hpp"
#if defined(WITH_ASIO)
#include <wait_map/asio.hpp>
#endif

void use(waitmap::wait_map<std::uint32_t, int>& map, std::uint64_t wide);

#ifdef MISUSE
#define NUMBER wide
#else
#define NUMBER 7
#endif
void use([[maybe_unused]] waitmap::wait_map<std::uint32_t, int>& map,
         [[maybe_unused]] std::uint64_t wide) {
  [[maybe_unused]] const auto yes = [](int) { return true; };
  [[maybe_unused]] const auto nothing = [](auto&) {};
  [[maybe_unused]] const auto factory = []() -> support::lazy<int> { co_return 1; };
  [[maybe_unused]] const auto done = [](auto...) {};
  static_cast<void>(CALL);
}
