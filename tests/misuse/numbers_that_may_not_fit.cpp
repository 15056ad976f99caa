// 2.6: the elements of a range convert out of the user's sight: those that may not fit are refused.
// The compiler says: may not fit the map's keys
#include <cstdint>
#include <vector>

#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<std::uint32_t, int> map;
  const std::vector<std::uint16_t> small{1, 2};
  auto fits = map.wait_all(small);
  static_cast<void>(fits);
#ifdef MISUSE
  const std::vector<std::uint64_t> wide{1, 2};
  auto does_not = map.wait_all(wide);
  static_cast<void>(does_not);
#endif
}
