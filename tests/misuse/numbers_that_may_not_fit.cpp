// 2.6: the elements of a range convert out of the user's sight, in a call that takes them as keys (CALL, of NUMBERS):
// those that may not fit are refused.
// The compiler says: may not fit the map's keys
#include <cstddef>
#include <cstdint>
#include <vector>

#include <wait_map/wait_map.hpp>

#if defined(MISUSE) && defined(FLOATING)
#define NUMBERS floating
#elif defined(MISUSE)
#define NUMBERS wide
#else
#define NUMBERS small
#endif
void use(waitmap::wait_map<std::uint32_t, int>& map,
         [[maybe_unused]] const std::vector<std::uint16_t>& small,
         [[maybe_unused]] const std::vector<std::uint64_t>& wide,
         [[maybe_unused]] const std::vector<float>& floating) {
  [[maybe_unused]] const auto nothing = [](std::size_t, int) {};
  static_cast<void>(CALL);
}
