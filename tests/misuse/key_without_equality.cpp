// A key type has an equality.
// The compiler says: Give it operator==
#include <wait_map/wait_map.hpp>

#include <utility>

struct key {
  int number;
  template <class H>
  friend H AbslHashValue(H state, const key& hashed) {
    return H::combine(std::move(state), hashed.number);
  }
};

int main() {
  waitmap::wait_map<int, int> map;
#ifdef MISUSE
  waitmap::wait_map<key, int> other;
#endif
}
