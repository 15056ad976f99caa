// A key is what converts to the key type.
// The compiler says: number_key
#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
  map.erase(1L);
#ifdef MISUSE
  map.erase("one");
#endif
}
