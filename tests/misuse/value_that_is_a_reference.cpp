// Values are objects.
// The compiler says: wait_map: Value must be a plain object type
#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int*> map;
#ifdef MISUSE
  waitmap::wait_map<int, int&> references;
#endif
}
