// The lock of a policy can be locked.
// The compiler says: the policy's mutex must be made without arguments, and have lock() and
#include <wait_map/wait_map.hpp>

struct latch {
  void acquire();
  void release();
};
struct latched : waitmap::default_policy {
  using mutex = latch;
};

template <class Policy>
using map_with =
    waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, Policy>;

int main() {
  map_with<waitmap::default_policy> map;
#ifdef MISUSE
  map_with<latched> other;
#endif
}
