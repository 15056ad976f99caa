// A policy has the members of default_policy.
// The compiler says: the fifth argument is no policy
#include <wait_map/wait_map.hpp>

struct settings {};

template <class Policy>
using map_with =
    waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, Policy>;

int main() {
  map_with<waitmap::default_policy> map;
#ifdef MISUSE
  map_with<settings> other;
#endif
}
