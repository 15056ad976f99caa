// A policy has all members of default_policy.
// The compiler says: the fifth argument is no policy
#include <wait_map/wait_map.hpp>

struct settings {
  using mutex = waitmap::word_mutex;
  using resumer = waitmap::trampoline_resumer;
};

int main() {
  waitmap::wait_map<int, int> map;
#ifdef MISUSE
  waitmap::wait_map<int, int, waitmap::default_hash<int>, waitmap::default_equal<int>, settings>
      other;
#endif
}
