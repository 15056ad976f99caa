// A stop token has the interface of std::stop_token or of C++26's stoppable tokens.
// The compiler says: what follows here is a stop token: std::stop_token
#include <stop_token>

#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
  std::stop_source stop;
  auto waiting = map.wait(1, stop.get_token());
#ifdef MISUSE
  auto other = map.wait(1, stop);
#endif
}
