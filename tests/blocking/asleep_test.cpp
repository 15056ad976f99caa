// Linux says what a thread does.
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "support/catch.hpp"

namespace asleep_test {

// What the kernel says that a thread does: S where it sleeps, R where it runs or could.
char state_of(const std::filesystem::path& thread) {
  std::ifstream file(thread / "stat");
  std::string text;
  std::getline(file, text);
  return text.at(text.rfind(')') + 2);
}

TEST_CASE("a thread that waits sleeps", "[3]") {
  waitmap::wait_map<int, std::string> map;
  std::filesystem::path self;
  std::optional<std::string> got;
  std::thread thread([&] {
    self = std::filesystem::canonical("/proc/thread-self");
    got = map.blocking_wait(1);
  });
  while (map.waiting() != 1) std::this_thread::yield();
  // Once it has begun to sleep nothing wakes it: it is seen to sleep again and again.
  while (state_of(self) != 'S') std::this_thread::yield();
  int asleep = 0;
  for (int i = 0; i < 1000; ++i) asleep += state_of(self) == 'S';
  CHECK(asleep > 990);  // on its way it may have slept for the lock
  map.insert(1, "v");
  thread.join();
  CHECK(got == "v");
}

}  // namespace asleep_test
