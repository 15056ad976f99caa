// The resumer of a policy can be called with a coroutine.
// The compiler says: the policy's resumer must be
#include <wait_map/wait_map.hpp>

struct posting : waitmap::default_policy {
  struct resumer {};
};

int main() {
  waitmap::wait_map<int, int> map;
#ifdef MISUSE
  waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, posting>
      other;
#endif
}
