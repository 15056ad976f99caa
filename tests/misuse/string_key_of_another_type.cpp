// A string key is what the hash and the equality of strings accept.
// The compiler says: no matching
#include <string>

#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<std::string, int> map;
  map.erase("one");
#ifdef MISUSE
  map.erase(1);
#endif
}
