// 6.7: imports the module, and lets a coroutine and threads use a map of it.
#include <coroutine>
#include <exception>
#include <optional>
#include <string>
#include <thread>
#include <vector>

import wait_map;

struct task {
  struct promise_type {
    task get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

task wait(waitmap::wait_map<std::string, int>& map, int& got) {
  auto value = co_await map.wait("key");
  got = value.value_or(-1);
}

int main() {
  waitmap::wait_map<std::string, int> map;
  int got = 0;
  wait(map, got);
  map.insert("key", 7);

  // Many readers and a writer: the lock is shared, and waited for.
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&map, i] {
      for (int round = 0; round < 20'000; ++round) {
        (void)map.get("key");
        if (i == 0 && round % 1'000 == 0) map.insert_or_assign("other", round);
      }
    });
  }
  for (std::thread& each : threads) each.join();
  std::thread blocked([&map, &got] { got += map.blocking_wait("late").value_or(0); });
  while (map.waiting() == 0) std::this_thread::yield();
  map.insert("late", 3);
  blocked.join();
  return got == 10 ? 0 : 1;
}
