// A plain thread and a coroutine meet under a name: each waits in its own way.
#include <chrono>
#include <iostream>
#include <string>
#include <thread>

#include <wait_map/wait_map.hpp>

#include "task.hpp"

using namespace std::chrono_literals;
using map_type = waitmap::wait_map<std::string, int>;

task answer(map_type& map) {
  auto question = co_await map.take("question");
  map.insert("answer", question.value() * 2);
}

int main() {
  map_type map;
  answer(map);
  std::thread asker([&] { map.insert("question", 21); });
  const auto reply = map.blocking_wait_for("answer", 24h);  // asleep until then
  const auto nothing = map.blocking_wait_for("no such key", 10ms);
  asker.join();
  std::cout << "the answer is " << reply.value_or(0) << '\n';
  return reply == 42 && !nothing ? 0 : 1;
}
