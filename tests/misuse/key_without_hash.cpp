// A key type has a hash.
// The compiler says: AbslHashValue(H, const Key&), or name one as the third argument
#include <wait_map/wait_map.hpp>

struct key {
  int number;
  friend bool operator==(const key&, const key&) = default;
};

int main() {
  waitmap::wait_map<int, int> map;
#ifdef MISUSE
  waitmap::wait_map<key, int> other;
#endif
}
