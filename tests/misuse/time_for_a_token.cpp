// A wait takes a stop token, and a deadline by way of one.
// The compiler says: co_await map.wait(key, timer.after(5s)), from <wait_map/deadline.hpp>
#include <chrono>

#include <wait_map/deadline.hpp>
#include <wait_map/wait_map.hpp>

int main() {
  waitmap::wait_map<int, int> map;
  waitmap::deadline_timer timer;
  auto waiting = map.wait(1, timer.after(std::chrono::seconds(1)));
#ifdef MISUSE
  auto other = map.wait(1, std::chrono::seconds(1));
#endif
}
