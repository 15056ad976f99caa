// The lock of a policy can be locked.
// The compiler says: the policy's mutex must be made without arguments, and have lock() and
#include <wait_map/wait_map.hpp>

struct latched : waitmap::default_policy {
  struct mutex {};
};

int main() {
  waitmap::wait_map<int, int> map;
#ifdef MISUSE
  waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, latched>
      other;
#endif
}
