// 2.6: a floating-point number is no key of a map of integers in a CALL that is awaited, either.
// The compiler says: floating_point_number_is_no_key
#include <wait_map/wait_map.hpp>

#ifdef MISUSE
#define NUMBER 3.9
#else
#define NUMBER 3
#endif
void use([[maybe_unused]] waitmap::wait_map<int, int>& map) {
  [[maybe_unused]] const auto yes = [](int) { return true; };
  static_cast<void>(CALL);
}
