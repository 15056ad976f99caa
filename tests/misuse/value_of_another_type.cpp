// A value is what the value type can be made from.
// The compiler says: no matching
#include <string>

#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, std::string> map;
  map.insert(1, "one");
#ifdef MISUSE
  map.insert(1, &map);
#endif
}
