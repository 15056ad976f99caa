// The resumer of a policy can be called with a coroutine.
// The compiler says: the policy's resumer must be
#include <wait_map/wait_map.hpp>

struct executor {
  void post();
};
struct posting : waitmap::default_policy {
  using resumer = executor;
};

template <class Policy>
using map_with =
    waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, Policy>;

int main() {
  map_with<waitmap::default_policy> map;
#ifdef MISUSE
  map_with<posting> other;
#endif
}
